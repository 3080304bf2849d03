#include "proofs/query/dumps/sectioned.hpp"

#include "proofs/query/dumps/reader.hpp"
#include "proofs/state/input_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace vmxspec::query {

namespace {

bool begins(const Reading& reading) {
    return reading.row->mark == Mark::starts ||
           (reading.row->mark == Mark::header && reading.row->section == Section::guest);
}

/// Text between one beginning and the next. A banner and the header after it begin one dump.
std::vector<SectionedDump> split(std::vector<Reading> readings) {
    std::vector<SectionedDump> dumps;
    bool fresh = false;  // nothing but beginnings so far
    for (Reading& reading : readings) {
        if (dumps.empty() || (begins(reading) && !fresh)) dumps.emplace_back();
        fresh = begins(reading) && (fresh || dumps.back().readings.empty());
        dumps.back().readings.push_back(std::move(reading));
    }
    return dumps;
}

/// How often the row that came most often came, and whether a section came again after a later one.
void count_copies(SectionedDump& dump) {
    std::map<const Row*, unsigned> seen;
    unsigned most = 1;
    Section in = Section::any;
    dump.mixed = false;
    for (const Reading& reading : dump.readings) {
        if (reading.row->section == Section::any || reading.ambiguous) continue;
        if (reading.row->mark != Mark::starts) most = std::max(most, ++seen[reading.row]);
        dump.mixed = dump.mixed || reading.row->section < in;
        in = reading.row->section;
    }
    dump.copies = dump.mixed ? std::max(most, 2U) : most;
}

/// Two dumps that are printed into each other begin one after the other; only the second has all the rest, twice.
void merge_copies(std::vector<SectionedDump>& dumps) {
    for (SectionedDump& dump : dumps) count_copies(dump);
    for (std::size_t n = 1; n < dumps.size();) {
        SectionedDump& before = dumps[n - 1];
        if (dumps[n].copies > 1 && !before.has(Section::control)) {
            std::ranges::move(dumps[n].readings, std::back_inserter(before.readings));
            dumps.erase(dumps.begin() + static_cast<std::ptrdiff_t>(n));
            count_copies(before);
        } else {
            ++n;
        }
    }
}

/// A row that two sections have counts only where the rows around it leave no doubt: in the middle of its section, or
/// between the host section and the control section. A line that is missing there could have been a header.
std::vector<Reading> without_doubt(std::vector<Reading> readings) {
    std::vector<Reading> result;
    for (std::size_t n = 0; n < readings.size(); ++n) {
        if (readings[n].ambiguous) {
            const auto next =
                std::find_if(readings.begin() + static_cast<std::ptrdiff_t>(n), readings.end(),
                             [](const Reading& one) { return !one.ambiguous && one.row->section != Section::any; });
            const Section in = readings[n].row->section;
            if (next == readings.end()) continue;
            const bool last = in == Section::host && next->row->section == Section::control;
            if (next->row->section != in && !last) continue;
        }
        result.push_back(std::move(readings[n]));
    }
    return result;
}

/// What stands before the first line of a dump, such as an emulator's word on the failure, belongs to it.
void attach_loose_lines(std::vector<SectionedDump>& dumps) {
    for (std::size_t n = 0; n + 1 < dumps.size();) {
        const bool loose =
            std::ranges::all_of(dumps[n].readings, [](const Reading& one) { return one.row->section == Section::any; });
        if (!loose) {
            ++n;
            continue;
        }
        std::ranges::move(dumps[n + 1].readings, std::back_inserter(dumps[n].readings));
        dumps[n + 1].readings = std::move(dumps[n].readings);
        dumps.erase(dumps.begin() + static_cast<std::ptrdiff_t>(n));
    }
}

/// The name of the last value of a row. Another era may print it in another line.
std::string_view last_leaf(const Row& row) {
    std::string_view name;
    for (std::string_view rest = row.text; rest.find('{') != std::string_view::npos;) {
        rest.remove_prefix(rest.find('{') + 1);
        const std::string_view place = rest.substr(0, rest.find('}'));
        if (const std::size_t space = place.find(' '); space != std::string_view::npos) name = place.substr(space + 1);
    }
    return name;
}

class Builder {
public:
    Builder(const State& state, const SectionedFormat& format, SectionedDump dump)
        : format_{format}, dump_{std::move(dump)}, known_{state} {}

    KnownState build() {
        dump_.readings = without_doubt(std::move(dump_.readings));
        collect_values();
        for (const auto& told : values_) {
            const std::size_t leaf = told.first;
            const std::vector<std::uint64_t>& values = told.second;
            const std::string& name = known_.state().leaves()[leaf].name;
            const bool same = std::ranges::all_of(values, [&](std::uint64_t one) { return one == values[0]; });
            if (!same) ++contradictions_;
            if (!same || values.size() < dump_.copies || format_.stale(dump_, name, values[0])) continue;
            if (low32_.contains(leaf)) {
                known_.set_bits(leaf, {values[0], 0xffffffff}, Standing::given);
            } else {
                known_.set(leaf, values[0], Standing::given);
            }
        }
        if (dump_.copies == 1) area();
        say_damage();
        format_.mark(dump_, known_);
        known_.collect.assign(format_.collect.begin(), format_.collect.end());
        return std::move(known_);
    }

    [[nodiscard]] bool empty() const { return values_.empty() && dump_.facts.empty(); }

private:
    void collect_values() {
        for (const Reading& reading : dump_.readings)
            for (const Fill& fill : reading.fills) {
                if (fill.leaf) {
                    values_[*fill.leaf].push_back(fill.value);
                    if (fill.low32) low32_.insert(*fill.leaf);
                } else if (!fill.name.starts_with("msr.")) {
                    dump_.facts.emplace(fill.name, fill.value);
                }
            }
    }

    /// The entries as they are numbered; what comes after a number that is missing is not taken.
    void area() {
        bool in_area = false;
        for (const Reading& reading : dump_.readings) {
            if (reading.row->mark == Mark::entry_load) in_area = true;
            if (reading.row->mark == Mark::other_area || reading.row->mark == Mark::header) in_area = false;
            if (!in_area || reading.fills.size() != 3 || reading.fills[0].name != "msr.number") continue;
            if (reading.fills[0].value != known_.entry_msr_load.size()) break;
            known_.entry_msr_load.push_back({static_cast<std::uint32_t>(reading.fills[1].value), 0U,
                                             reading.fills[2].value,
                                             fmt::format("MSR entry {}", reading.fills[0].value)});
        }
        if (!known_.entry_msr_load.empty())
            known_.notes.emplace_back("bits 63:32 of MSR-load entries: a dump does not print them; taken as 0");
    }

    void say_damage() {
        if (dump_.copies > 1) {
            known_.caveats.push_back(
                fmt::format("{} dumps are printed into each other, and nothing tells whose a line is: only values on "
                            "which they agree "
                            "are taken",
                            dump_.copies));
            return;
        }
        if (contradictions_ > 0)
            known_.caveats.push_back(
                fmt::format("{} fields are given twice with different values and stay unknown", contradictions_));
        std::string missing;
        unsigned count = 0;
        for (const Row& row : format_.rows) {
            if (row.mark != Mark::always) continue;
            if (dump_.reading(last_leaf(row)) != nullptr) continue;
            ++count;
            const std::string_view label = row.text.substr(0, row.text.find_first_of(" =:{"));
            if (count <= 3) missing += fmt::format("{}{}", missing.empty() ? "" : ", ", label);
        }
        const bool has_sections =
            std::ranges::any_of(dump_.readings, [](const Reading& one) { return one.row->section != Section::any; });
        if (count == 0 || !has_sections) return;
        known_.caveats.push_back(
            fmt::format("the dump is not whole: {} of the lines that {} always prints {} missing ({}{}); the last line "
                        "of it is line {}",
                        count, format_.hypervisor, count == 1 ? "is" : "are", missing, count > 3 ? ", ..." : "",
                        dump_.readings.back().line));
    }

    const SectionedFormat& format_;
    SectionedDump dump_;
    KnownState known_;
    std::map<std::size_t, std::vector<std::uint64_t>> values_;
    std::set<std::size_t> low32_;
    unsigned contradictions_ = 0;
};

}  // namespace

bool SectionedDump::has(Mark mark) const {
    return std::ranges::any_of(readings, [&](const Reading& one) { return one.row->mark == mark; });
}

bool SectionedDump::has(Section section) const {
    return std::ranges::any_of(readings, [&](const Reading& one) { return one.row->section == section; });
}

const Reading* SectionedDump::reading(std::string_view leaf) const {
    for (const Reading& one : readings)
        for (const Fill& fill : one.fills)
            if (fill.name == leaf) return &one;
    return nullptr;
}

std::optional<std::uint64_t> SectionedDump::agreed(std::string_view name) const {
    std::optional<std::uint64_t> result;
    for (const Reading& one : readings)
        for (const Fill& fill : one.fills) {
            if (!one.whole || fill.name != name) continue;
            if (result && *result != fill.value) return std::nullopt;
            result = fill.value;
        }
    return result;
}

std::vector<KnownState> read_sectioned(const State& state, const SectionedFormat& format, std::string_view text,
                                       const std::string& where) {
    const RowTable table{state, format.rows};
    const std::vector<Line> lines = undamaged(text);
    const auto dumps_of = [&](std::span<const Line> some) {
        std::vector<SectionedDump> dumps = split(table.find(some));
        std::erase_if(dumps, [](const SectionedDump& dump) {
            return std::ranges::all_of(dump.readings, [](const Reading& one) { return one.fills.empty(); });
        });
        return dumps;
    };
    // Where the log tells who printed a line, and more than one printed a dump, each is read by itself.
    std::vector<SectionedDump> dumps;
    unsigned printers = 0;
    for (const std::vector<Line>& group : by_source(lines)) {
        std::vector<SectionedDump> some = dumps_of(group);
        if (std::ranges::any_of(some, [](const SectionedDump& one) { return one.has(Section::control); })) ++printers;
        std::ranges::move(some, std::back_inserter(dumps));
    }
    if (printers < 2) dumps = dumps_of(lines);
    refuse_many(dumps.size(), where);
    attach_loose_lines(dumps);
    merge_copies(dumps);
    std::vector<KnownState> result;
    for (SectionedDump& dump : dumps) {
        Builder builder{state, format, std::move(dump)};
        KnownState known = builder.build();
        if (!builder.empty()) result.push_back(std::move(known));
    }
    if (result.empty())
        throw InputError(
            fmt::format("{}: no VMCS field was found in it; give the whole dump of {}.", where, format.hypervisor));
    for (std::size_t n = 0; n < result.size(); ++n)
        result[n].name = result.size() == 1 ? "" : fmt::format("dump {} of {}", n + 1, result.size());
    return result;
}

}  // namespace vmxspec::query
