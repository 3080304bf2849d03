#include "proofs/query/difference.hpp"

#include "proofs/query/report.hpp"
#include "spec/load/msr_index.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace vmxspec::query {

namespace {

/// VMCS fields in the order of their encodings, which is that of appendix B.
std::vector<std::size_t> fields(const State& s) {
    std::vector<std::size_t> list;
    for (std::size_t n = 0; n < s.leaves().size(); ++n)
        if (s.leaves()[n].source == Source::vmcs) list.push_back(n);
    std::ranges::sort(list, {}, [&](std::size_t n) { return s.leaves()[n].key; });
    return list;
}

/// The bits of an MSR's data have names if the guest-state area has a field for the MSR: IA32_EFER's are told most.
const Leaf& data_format(const State& s, const MsrAreaEntry& entry) {
    return s.leaves()[s.leaf(entry.index == load::ia32_efer ? "guest.efer" : "msr_entry.data")];
}

std::string index_text(const MsrAreaEntry& entry) { return entry.index ? hex(*entry.index) : "?"; }
std::string data_text(const State& s, const MsrAreaEntry& entry) {
    return entry.data ? value_text(data_format(s, entry), *entry.data) : "?";
}

std::string shown(const KnownState& state, std::size_t n) {
    const std::optional<std::uint64_t> value = state.value(n);
    return value ? value_text(state.state().leaves()[n], *value) : std::string{};
}

/// Named bits that differ, and the others as a mask.
std::vector<std::string> changed_bits(const Leaf& leaf, std::uint64_t from, std::uint64_t to) {
    std::vector<std::string> list;
    std::uint64_t unnamed = from ^ to;
    for (const NamedBits& bits : leaf.bits) {
        const std::uint64_t mask = low_bits(bits.high - bits.low + 1) << bits.low;
        unnamed &= ~mask;
        if (((from ^ to) & mask) != 0)
            list.push_back(
                fmt::format("{}: {} -> {}", bits.manual_name, (from & mask) >> bits.low, (to & mask) >> bits.low));
    }
    if (unnamed != 0 && !list.empty()) list.push_back(fmt::format("other bits: {}", hex(unnamed)));
    return list;
}

/// One entry of the MSR-load areas, which one or both states have.
void compare(std::vector<Difference>& list, const State& s, std::size_t k, const MsrAreaEntry* from,
             const MsrAreaEntry* to) {
    const auto text = [&](const MsrAreaEntry* entry) {
        return entry == nullptr ? std::string{} : fmt::format("MSR {} = {}", index_text(*entry), data_text(s, *entry));
    };
    if (from != nullptr && to != nullptr && from->index == to->index && from->data == to->data) return;
    Difference one{fmt::format("VM-entry MSR-load entry {}", k + 1), 0, text(from), text(to), {}};
    if (from != nullptr && to != nullptr && from->index == to->index && from->data && to->data)
        one.bits = changed_bits(data_format(s, *from), *from->data, *to->data);
    list.push_back(std::move(one));
}

}  // namespace

std::string decoded_text(const KnownState& state, const Terminal& terminal) {
    const State& s = state.state();
    std::string text = state.name.empty() ? "" : terminal.styled(Tone::strong, state.name) + "\n";
    const auto line = [&](const std::string& content) { text += terminal.wrapped(content) + "\n"; };
    for (const std::size_t n : fields(s))
        if (state.value(n))
            line(fmt::format("  {:>5}  {} = {}", hex(s.leaves()[n].key), s.leaves()[n].manual_name, shown(state, n)));
    for (std::size_t k = 0; k < state.entry_msr_load.size(); ++k) {
        const MsrAreaEntry& entry = state.entry_msr_load[k];
        line(fmt::format("  VM-entry MSR-load entry {}: MSR {} = {}", k + 1, index_text(entry), data_text(s, entry)));
    }
    return text;
}

nlohmann::ordered_json decoded_json(const KnownState& state) {
    const State& s = state.state();
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const std::size_t n : fields(s)) {
        const Leaf& leaf = s.leaves()[n];
        const std::optional<std::uint64_t> value = state.value(n);
        if (!value) continue;
        nlohmann::ordered_json bits = nlohmann::ordered_json::object();
        for (const NamedBits& one : leaf.bits)
            bits[std::string{one.manual_name}] = *value >> one.low & low_bits(one.high - one.low + 1);
        list.push_back({{"field", leaf.name},
                        {"name", leaf.manual_name},
                        {"encoding", leaf.key},
                        {"value", fmt::format("{:#x}", *value)},
                        {"bits", bits}});
    }
    nlohmann::ordered_json area = nlohmann::ordered_json::array();
    for (const MsrAreaEntry& entry : state.entry_msr_load) {
        nlohmann::ordered_json one = nlohmann::ordered_json::object();
        if (entry.index) one["index"] = fmt::format("{:#x}", *entry.index);
        if (entry.data) one["data"] = fmt::format("{:#x}", *entry.data);
        area.push_back(one);
    }
    return {{"name", state.name}, {"fields", list}, {"entry_msr_load", area}};
}

std::vector<Difference> differences(const KnownState& from, const KnownState& to) {
    const State& s = from.state();
    std::vector<Difference> list;
    for (const std::size_t n : fields(s)) {
        const std::optional<std::uint64_t> a = from.value(n), b = to.value(n);
        if (a == b) continue;
        const Leaf& leaf = s.leaves()[n];
        Difference one{
            std::string{leaf.manual_name}, static_cast<std::uint32_t>(leaf.key), shown(from, n), shown(to, n), {}};
        if (a && b) {
            one.from = hex(*a);
            one.to = hex(*b);
            one.bits = changed_bits(leaf, *a, *b);
        }
        list.push_back(std::move(one));
    }
    const auto& a = from.entry_msr_load;
    const auto& b = to.entry_msr_load;
    for (std::size_t k = 0; k < std::max(a.size(), b.size()); ++k)
        compare(list, s, k, k < a.size() ? &a[k] : nullptr, k < b.size() ? &b[k] : nullptr);
    return list;
}

std::string difference_text(const std::vector<Difference>& list, const Terminal& terminal) {
    std::string text;
    const auto side = [&](Tone tone, const std::string& value) {
        return value.empty() ? std::string{"(not told)"} : terminal.styled(tone, value);
    };
    for (const Difference& one : list) {
        text += terminal.wrapped(fmt::format("{}: {} -> {}", terminal.styled(Tone::strong, one.name),
                                             side(Tone::removed, one.from), side(Tone::added, one.to)));
        text += "\n";
        if (!one.bits.empty()) text += terminal.wrapped(fmt::format("    {}", fmt::join(one.bits, ", "))) + "\n";
    }
    return text;
}

nlohmann::ordered_json difference_json(const std::vector<Difference>& list) {
    nlohmann::ordered_json json = nlohmann::ordered_json::array();
    for (const Difference& one : list) {
        nlohmann::ordered_json entry{{"name", one.name}};
        if (one.key != 0 || !one.name.starts_with("VM-entry MSR-load entry")) entry["encoding"] = one.key;
        entry["from"] = one.from.empty() ? nlohmann::ordered_json{} : nlohmann::ordered_json(one.from);
        entry["to"] = one.to.empty() ? nlohmann::ordered_json{} : nlohmann::ordered_json(one.to);
        entry["bits"] = one.bits;
        json.push_back(entry);
    }
    return json;
}

}  // namespace vmxspec::query
