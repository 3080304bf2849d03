#include "proofs/query/generated_judgement.hpp"

#include "vmxspec/generated/entry_result.hpp"

#include <algorithm>

namespace vmxspec::query {

std::vector<std::string> generated_violations(const KnownState& state, bool unknown_bits) {
    generated::EntryState<std::uint64_t> words;
    generated::each_leaf(words, [&](const char*, unsigned number, auto& member) {
        const Known known = state.values()[number];
        const std::uint64_t all = low_bits(std::max<unsigned>(1, state.state().leaves()[number].width));
        member = static_cast<std::decay_t<decltype(member)>>(
            (known.value | (unknown_bits ? ~known.known : std::uint64_t{0})) & all);
    });
    std::vector<std::string> ids;
    const generated::RuleSet broken = generated::violations(words);
    for (std::size_t n = 0; n < generated::rule_count; ++n)
        if (broken.contains(static_cast<generated::Rule>(n))) ids.emplace_back(generated::rule_information[n].id);
    if (!ids.empty()) return ids;
    std::vector<generated::MsrAreaEntry> area;
    const std::uint64_t count = state.value("control.entry_msr_load_count").value_or(state.entry_msr_load.size());
    for (const MsrAreaEntry& entry : state.entry_msr_load) {
        if (area.size() == count || !entry.index || !entry.reserved || !entry.data) break;
        area.push_back({*entry.index, *entry.reserved, *entry.data});
    }
    const generated::EntryResult result =
        generated::check_entry(words, area.data(), static_cast<std::uint32_t>(area.size()), true);
    if (const auto* rule = generated::information(result.msrs.rule)) ids.emplace_back(rule->id);
    return ids;
}

bool generated_code_confirms(const KnownState& state, const Judgement& judgement) {
    for (const bool unknown_bits : {false, true})
        for (const std::string& id : generated_violations(state, unknown_bits))
            if (std::ranges::none_of(judgement.undecided, [&](const Finding& f) { return f.rule->id == id; }))
                return false;
    return judgement.violated.empty();
}

}  // namespace vmxspec::query
