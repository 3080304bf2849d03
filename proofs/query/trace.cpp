#include "proofs/query/trace.hpp"

#include "proofs/state/input_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <sstream>

namespace vmxspec::query {

namespace {

constexpr std::uint32_t entry_failed = 0x80000000;
constexpr std::string_view brand_key = "brand=\"";

class TraceReader {
public:
    TraceReader(const State& state, const std::string& where)
        : state_{state}, where_{where}, processor_{state}, instructions_{state} {}

    Trace read(std::string_view text) {
        std::istringstream lines{std::string{text}};
        for (std::string line; std::getline(lines, line);) {
            ++number_;
            if (line.ends_with('\r')) line.pop_back();
            std::istringstream words{line};
            std::string first;
            if (words >> first && first.front() != '#') take(first, words);
        }
        if (!begun_)
            throw InputError(fmt::format("{} is no trace: its first line is not \"vmxspec-trace 1\".", where_));
        if (!ended_)
            throw InputError(
                fmt::format("{} is incomplete: its last line is not \"end N\"; run the probe again.", where_));
        machine();
        return std::move(trace_);
    }

private:
    [[noreturn]] void broken(const std::string& what) const {
        throw InputError(fmt::format("{}, line {}: {}", where_, number_, what));
    }

    std::uint64_t number(std::string_view digits) const {
        std::uint64_t value = 0;
        const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (digits.empty() || error != std::errc{} || stop != digits.data() + digits.size())
            broken(fmt::format("\"{}\" is not a hexadecimal number.", digits));
        return value;
    }

    std::uint32_t number32(std::string_view digits) const {
        const std::uint64_t value = number(digits);
        if (value > 0xffffffff) broken(fmt::format("{} does not fit 32 bits.", digits));
        return static_cast<std::uint32_t>(value);
    }

    /// A value of the processor or the VMCS, with the line when it cannot be taken.
    void set(KnownState& state, std::size_t leaf, std::uint64_t value) const {
        try {
            state.set(leaf, value, Standing::given);
        } catch (const InputError& error) {
            broken(error.what());
        }
    }

    /// "key=value" -> both.
    std::pair<std::string, std::string> pair(const std::string& word) const {
        const std::size_t sign = word.find('=');
        if (sign == std::string::npos) broken(fmt::format("\"{}\" is not key=value.", word));
        return {word.substr(0, sign), word.substr(sign + 1)};
    }

    void take(const std::string& kind, std::istringstream& words) {
        if (!begun_) {
            std::string version;
            if (kind != "vmxspec-trace" || !(words >> version) || version != "1")
                throw InputError(fmt::format("{} is no trace: its first line is not \"vmxspec-trace 1\".", where_));
            begun_ = true;
            return;
        }
        if (ended_) broken("something follows the line \"end\".");
        if (kind == "cpu") {
            std::string rest;
            std::getline(words >> std::ws, rest);
            trace_.processor = rest;
        } else if (kind == "machine") {
            emulator(words);
        } else if (kind == "msr") {
            each(words, [&](const std::string& key, const std::string& value) {
                if (const std::size_t* leaf = state_.find_msr(number32(key))) set(processor_, *leaf, number(value));
            });
        } else if (kind == "cpuid") {
            each(words, [&](const std::string& key, const std::string& value) { cpuid_[key] = registers(value); });
        } else if (kind == "mode") {
            each(words, [&](const std::string& key, const std::string& value) { mode(key, number(value)); });
        } else if (kind == "page") {
            each(words, [&](const std::string& key, const std::string& value) { trace_.pages[key] = number(value); });
        } else if (kind == "vector") {
            begin(words);
        } else if (InstructionReader::knows(kind)) {
            if (open_) broken(fmt::format("the vector {} has no outcome.", trace_.entries.back().id));
            features();
            instruction(kind, words);
        } else if (kind == "end") {
            try {
                trace_.instructions = instructions_.finish();
            } catch (const InputError& error) {
                broken(error.what());
            }
            if (open_) broken(fmt::format("the vector {} has no outcome.", trace_.entries.back().id));
            std::string count;
            words >> count;
            const std::size_t vectors = trace_.entries.size() + trace_.not_tried;
            if (number(count) != vectors)
                broken(
                    fmt::format("the trace says that it has {:d} vectors, but {} are in it.", number(count), vectors));
            ended_ = true;
        } else {
            of_entry(kind, words);
        }
    }

    void instruction(const std::string& kind, std::istringstream& words) {
        try {
            instructions_.take(kind, words, processor_);
        } catch (const InputError& error) {
            broken(error.what());
        }
    }

    /// model=NAME version="NAME VERSION"
    void emulator(std::istringstream& words) {
        std::string first;
        std::string rest;
        words >> first;
        std::getline(words >> std::ws, rest);
        const auto [model, name] = pair(first);
        const auto [version, quoted] = pair(rest);
        if (model != "model" || version != "version" || quoted.size() < 2 || quoted.front() != '"' ||
            quoted.back() != '"')
            broken("what runs the machine is told as model=NAME version=\"...\".");
        trace_.model = name;
        trace_.version = quoted.substr(1, quoted.size() - 2);
    }

    template <class F>
    void each(std::istringstream& words, F f) {
        for (std::string word; words >> word;) {
            const auto [key, value] = pair(word);
            f(key, value);
        }
    }

    std::array<std::uint64_t, 4> registers(const std::string& text) const {
        std::array<std::uint64_t, 4> result{};
        std::size_t from = 0;
        for (std::size_t k = 0; k < 4; ++k) {
            const std::size_t end = text.find(':', from);
            if ((end == std::string::npos) != (k == 3)) broken(fmt::format("\"{}\" are not four registers.", text));
            result[k] = number(std::string_view{text}.substr(from, end - from));
            from = end + 1;
        }
        return result;
    }

    void mode(const std::string& key, std::uint64_t value) {
        const std::string name = key == "smm" ? "before.in_smm" : "before." + key;
        const std::size_t* leaf = state_.find(name);
        if (leaf == nullptr) return;
        if (open_) {
            trace_.entries.back().state.set_bits(*leaf, Known::exactly(value, state_.leaves()[*leaf].width),
                                                 Standing::given);
        } else {
            set(processor_, *leaf, value);
        }
    }

    void features() {
        for (std::size_t n = 0; n < state_.leaves().size(); ++n) {
            const Leaf& leaf = state_.leaves()[n];
            if (leaf.source != Source::cpuid || processor_.standing(n) != Standing::unknown) continue;
            const auto found = cpuid_.find(fmt::format("{:x}.{:x}", leaf.cpuid.leaf, leaf.cpuid.subleaf));
            const std::uint64_t reg =
                found == cpuid_.end() ? 0 : found->second[static_cast<std::size_t>(leaf.cpuid.reg)];
            processor_.set(n, reg >> leaf.cpuid.low & low_bits(leaf.cpuid.high - leaf.cpuid.low + 1), Standing::given);
        }
    }

    /// What the trace told of the processor, as a profile.
    void machine() {
        features();
        Profile& profile = trace_.machine;
        profile = {"this-machine", trace_.processor, "read by the probe", ProfileKind::recorded, {}, {}};
        const std::size_t brand = trace_.processor.find(brand_key);
        if (brand != std::string::npos) {
            profile.title = trace_.processor.substr(brand + brand_key.size());
            profile.title.resize(std::min(profile.title.size(), profile.title.find('"')));
        }
        for (std::size_t n = 0; n < state_.leaves().size(); ++n) {
            const Leaf& leaf = state_.leaves()[n];
            if (leaf.source != Source::msr && leaf.source != Source::cpuid) continue;
            if (processor_.standing(n) == Standing::given) {
                profile.values.emplace_back(n, processor_.values()[n]);
            } else {
                profile.absent.push_back(n);  // RDMSR faulted
            }
        }
    }

    void begin(std::istringstream& words) {
        if (open_) broken("a vector begins before the outcome of the one before.");
        features();
        std::string id;
        if (!(words >> id)) broken("a vector without an id.");
        trace_.entries.push_back({id, processor_, {}, {}, {}, {}, {}, {}});
        trace_.entries.back().state.name = id;
        trace_.entries.back().state.processor = trace_.processor;
        open_ = true;
        like_ = false;
    }

    void of_entry(const std::string& kind, std::istringstream& words) {
        if (!open_) broken(fmt::format("\"{}\" outside of a vector.", kind));
        TraceEntry& entry = trace_.entries.back();
        if (kind == "like") {
            like(entry, words);
        } else if (kind == "vmcs") {
            each(words, [&](const std::string& key, const std::string& value) {
                const std::size_t* leaf = state_.find_field(number32(key));
                if (leaf == nullptr) broken(fmt::format("no VMCS field has the encoding {}.", key));
                if (like_) {
                    entry.state.set_bits(*leaf, Known::exactly(number(value), state_.leaves()[*leaf].width),
                                         Standing::given);
                } else {
                    set(entry.state, *leaf, number(value));
                }
            });
        } else if (kind == "area") {
            std::string which;
            words >> which;
            std::vector<MsrAreaEntry>& area =
                which == "entry"        ? entry.state.entry_msr_load
                : which == "exit-store" ? entry.state.exit_msr_store
                : which == "exit-load"
                    ? entry.state.exit_msr_load
                    : throw InputError(fmt::format("{}, line {}: no MSR area is named {}.", where_, number_, which));
            for (std::string word; words >> word;) area.push_back(area_entry(word));
        } else if (kind == "memory") {
            each(words, [&](const std::string& key, const std::string& value) {
                const std::size_t* leaf = state_.find(key == "link" ? "memory.link_word" : "memory." + key);
                if (leaf == nullptr) broken(fmt::format("no memory operand is named {}.", key));
                set(entry.state, *leaf, number(value));
            });
        } else if (kind == "pointer") {
            std::string value;
            words >> value;
            set(entry.state, state_.leaf("before.current_vmcs"), number(value));
        } else if (kind == "at") {  // for who adds what the machine said
            for (std::string tick; words >> tick;) (void)number(tick);
        } else if (kind == "said") {
            std::getline(words >> std::ws, entry.said.emplace_back());
        } else if (kind == "after") {
            each(words, [&](const std::string& key, const std::string& value) {
                entry.after.emplace_back(key, number(value));
            });
        } else if (kind == "saved") {
            entry.saved.emplace();
            each(words, [&](const std::string& key, const std::string& value) {
                if (const std::size_t* leaf = state_.find_field(number32(key)))
                    entry.saved->emplace(*leaf, number(value));
            });
        } else if (kind == "host") {
            if (like_) entry.host = trace_.entries.front().host;
            each(words, [&](const std::string& key, const std::string& value) { entry.host[key] = number(value); });
        } else if (kind == "predicted") {
            predicted(entry, words);
        } else if (kind == "outcome") {
            outcome(entry, words);
        } else {
            broken(fmt::format("a line that begins with \"{}\" has no meaning in a trace.", kind));
        }
    }

    /// VMCS fields that are not told are those of an earlier vector.
    void like(TraceEntry& entry, std::istringstream& words) {
        std::string id;
        words >> id;
        if (!base_ || base_->name != id) broken(fmt::format("\"{}\" is not the first vector of the trace.", id));
        for (std::size_t n = 0; n < state_.leaves().size(); ++n)
            if (state_.leaves()[n].source == Source::vmcs && base_->standing(n) == Standing::given)
                entry.state.set_bits(n, base_->values()[n], Standing::given);
        like_ = true;
    }

    MsrAreaEntry area_entry(const std::string& text) const {
        const std::size_t first = text.find(':');
        const std::size_t second = text.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos)
            broken(fmt::format("\"{}\" is not index:reserved:data.", text));
        MsrAreaEntry entry;
        entry.index = number32(std::string_view{text}.substr(0, first));
        entry.reserved = number32(std::string_view{text}.substr(first + 1, second - first - 1));
        entry.data = number(std::string_view{text}.substr(second + 1));
        return entry;
    }

    void predicted(TraceEntry& entry, std::istringstream& words) {
        std::string id;
        words >> id;
        if (id != entry.id) broken(fmt::format("the prediction of {} inside the vector {}.", id, entry.id));
        if (!entry.predicted) entry.predicted.emplace();
        for (std::string rule; words >> rule;) entry.predicted->insert(rule);
    }

    void outcome(TraceEntry& entry, std::istringstream& words) {
        std::string id;
        std::string kind;
        std::string a;
        std::string b;
        words >> id >> kind >> a >> b;
        if (id != entry.id) broken(fmt::format("the outcome of {} inside the vector {}.", id, entry.id));
        Observation& seen = entry.observed;
        if (kind == "exit") {
            seen.number = number32(a);
            seen.qualification = number(b);
            seen.channel = (seen.number & entry_failed) != 0 ? Channel::entry_failure : Channel::none;
        } else if (kind == "vmfail-valid") {
            seen.number = number32(a);
            seen.channel = Channel::vmfail_valid;
        } else if (kind == "vmfail-invalid") {
            seen.channel = Channel::vmfail_invalid;
        } else if (kind == "died") {
            seen.died = true;
        } else if (kind == "unsupported") {
            trace_.entries.pop_back();
            ++trace_.not_tried;
        } else {
            broken(fmt::format("\"{}\" is no outcome.", kind));
        }
        open_ = false;
        if (!base_ && !trace_.entries.empty()) base_ = trace_.entries.front().state;
    }

    const State& state_;
    const std::string& where_;
    KnownState processor_;
    InstructionReader instructions_;
    std::map<std::string, std::array<std::uint64_t, 4>> cpuid_;
    Trace trace_;
    unsigned number_ = 0;
    bool begun_ = false;
    bool ended_ = false;
    bool open_ = false;
    bool like_ = false;               ///< the open vector's fields are told by their differences from the base's
    std::optional<KnownState> base_;  ///< the first vector's state
};

}  // namespace

Trace read_trace(const State& state, std::string_view text, const std::string& where) {
    return TraceReader{state, where}.read(text);
}

}  // namespace vmxspec::query
