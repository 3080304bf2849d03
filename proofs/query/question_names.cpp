#include "proofs/query/question_names.hpp"

#include "proofs/query/dumps/field_names.hpp"
#include "proofs/query/name.hpp"
#include "proofs/state/input_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace vmxspec::query {

namespace {

struct Prefix {
    std::string_view text;
    Transition transition;
};
constexpr std::array<Prefix, 3> after{
    {{"after.", Transition::entry}, {"after_exit.", Transition::exit}, {"after_failure.", Transition::failure}}};
constexpr std::array<Prefix, 2> before{{{"before.", Transition::entry}, {"exiting.", Transition::exit}}};

/// Areas of leaves that VM entries and VM exits do not read: VMX instructions, one entry of an area in general, what a
/// transition leaves undefined.
bool is_foreign(std::string_view name) {
    constexpr std::array<std::string_view, 7> areas{"machine.", "operand.",   "checks.",     "successor.",
                                                    "region.",  "msr_entry.", undefined_area};
    return std::ranges::any_of(areas, [&](std::string_view area) { return name.starts_with(area); });
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::string with_underscores(std::string_view name) {
    std::string result{name};
    std::replace(result.begin(), result.end(), '.', '_');
    return result;
}

/// The row of this name, `cs.base`, `cs_base`, `vmcs.exit_reason` or `exit_reason`; null if there is none.
const load::LoadRow* find_row(const load::LoadTable& table, std::string_view name) {
    const std::string wanted = with_underscores(name);
    const load::LoadRow* of_vmcs = nullptr;
    for (const load::LoadRow& row : table) {
        const std::string there = with_underscores(row.name);
        if (there == wanted) return &row;
        if (there == "vmcs_" + wanted) of_vmcs = &row;
    }
    return of_vmcs;
}

}  // namespace

const Landing& Vocabulary::at(Transition transition) {
    const auto found = landings_.find(transition);
    if (found != landings_.end()) return found->second;
    return landings_.emplace(transition, landing(spec_, transition)).first->second;
}

/// The leaf whose named bits a row's register has: cs.access_rights those of guest.cs_access_rights.
std::optional<std::size_t> Vocabulary::format_of(std::string_view row) const {
    if (row.starts_with("vmcs.")) row.remove_prefix(std::string_view{"vmcs."}.size());
    for (const char* area : {"guest.", "control.", "information."})
        if (const std::size_t* leaf = spec_.state.find(area + with_underscores(row))) return *leaf;
    return std::nullopt;
}

std::optional<Vocabulary::Word> Vocabulary::leaf(std::size_t n) {
    const std::string& name = spec_.state.leaves()[n].name;
    if (name.starts_with("exiting.failure_")) {
        spoken_of_.insert(Transition::failure);
    } else if (name.starts_with("exiting.")) {
        spoken_of_.insert(Transition::exit);
    }
    return Word{spec_.state.node(n), n, {}};
}

std::optional<Vocabulary::Word> Vocabulary::register_after(Transition transition, const std::string& name) {
    spoken_of_.insert(transition);
    const Landing& landed = at(transition);
    const load::LoadRow* row = find_row(*landed.table, name);
    if (row == nullptr) return std::nullopt;
    const auto known = std::find_if(registers_.begin(), registers_.end(), [&](const NamedRegister& one) {
        return one.transition == transition && one.row == row;
    });
    const auto place = static_cast<std::size_t>(known - registers_.begin());
    const std::optional<std::size_t> format = format_of(row->name);
    const Bits<64> value = landed.values.at(row->name);
    if (known == registers_.end()) {
        const auto* const prefix = std::ranges::find(after, transition, &Prefix::transition);
        registers_.push_back({std::string{prefix->text} + row->name, transition, row, format.value_or(0), value,
                              landed.open.at(row->name), 0});
    }
    const NodeId node = row->width == 64 ? value.id() : spec_.graph.make(Op::extract, row->width, {value.id()}, 0);
    return Word{node, format, place};
}

std::optional<Vocabulary::Word> Vocabulary::word(const std::string& name) {
    for (const Prefix& one : after)
        if (name.starts_with(one.text)) return register_after(one.transition, name.substr(one.text.size()));
    if (is_foreign(name)) return std::nullopt;
    if (const std::size_t* n = spec_.state.find(name)) return leaf(*n);
    for (const Prefix& one : before) {
        if (!name.starts_with(one.text)) continue;
        // A register that is kept: the transition's values were made with a leaf for it.
        const load::LoadRow* row = find_row(*at(one.transition).table, name.substr(one.text.size()));
        const std::size_t* n = row == nullptr ? nullptr : spec_.state.find(std::string{one.text} + row->name);
        if (n == nullptr) return std::nullopt;
        std::optional<Word> found = leaf(*n);
        if (spec_.state.leaves()[*n].bits.empty()) found->format = format_of(row->name);
        return found;
    }
    if (const std::size_t* n = spec_.state.find("control." + name)) return leaf(*n);
    if (const std::optional<FieldName> field = field_named(name); field && field->half == Half::whole)
        if (const std::size_t* n = spec_.state.find_field(field->encoding)) return leaf(*n);
    return std::nullopt;
}

Term Vocabulary::term(const Operand& operand) {
    const std::string name = lower(operand.name);
    if (name.find("msr_entry[") != std::string::npos)  // leaves that come with the transition
        (void)at(name.starts_with("exit_") ? Transition::exit : Transition::entry);
    std::optional<Word> found = word(name);
    Name bits{0, 63, 0};
    if (found) {
        bits.high = std::max(1U, unsigned{spec_.graph[found->node].width}) - 1;
    } else if (const std::size_t dot = name.rfind('.'); dot != std::string::npos) {
        found = word(name.substr(0, dot));
        const NamedBits* named =
            !found || !found->format ? nullptr : find_bits(spec_.state.leaves()[*found->format], name.substr(dot + 1));
        if (named != nullptr) bits = {0, named->high, named->low};
        if (named == nullptr) found.reset();
    }
    if (!found)
        throw InputError(fmt::format("{}: nothing is named {}; the nearest name is {}.", operand.place.text(),
                                     operand.name, nearest(name)));
    if (operand.bits) {
        const auto [high, low] = *operand.bits;
        if (high > bits.high - bits.low)
            throw InputError(
                fmt::format("{}: {} has bits {}:0.", operand.place.text(), operand.name, bits.high - bits.low));
        bits = {0, bits.low + high, bits.low + low};
    }
    Graph& g = spec_.graph;
    const unsigned width = bits.high - bits.low + 1;
    if (found->reg) registers_[*found->reg].asked |= low_bits(width) << bits.low;
    if (g[found->node].width == 0) return {extend<64>(load::bit(Bool{&g, found->node})), 1};
    const NodeId part =
        width == g[found->node].width ? found->node : g.make(Op::extract, width, {found->node}, bits.low);
    return {{&g, width == 64 ? part : g.make(Op::extend, 64, {part})}, width};
}

std::string Vocabulary::nearest(const std::string& name) {
    NearestName best{name};
    const auto consider = [&](const std::string& whole, const Leaf* format) {
        best.consider(whole);
        if (format == nullptr) return;
        for (const NamedBits& bits : format->bits) best.consider(fmt::format("{}.{}", whole, bits.name));
    };
    for (const Prefix& one : after) {
        if (!name.starts_with(one.text)) continue;
        for (const load::LoadRow& row : *at(one.transition).table) {
            const std::optional<std::size_t> format = format_of(row.name);
            consider(std::string{one.text} + row.name, format ? &spec_.state.leaves()[*format] : nullptr);
        }
        return best.name();
    }
    for (const Leaf& leaf : spec_.state.leaves()) {
        if (is_foreign(leaf.name)) continue;
        consider(leaf.name, &leaf);
        if (leaf.name.starts_with("control.")) consider(leaf.name.substr(std::string_view{"control."}.size()), &leaf);
    }
    return best.name();
}

}  // namespace vmxspec::query
