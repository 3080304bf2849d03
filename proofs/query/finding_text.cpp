#include "proofs/query/finding_text.hpp"

#include "proofs/query/report.hpp"
#include "spec/load/msr_index.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmxspec::query {

namespace {

constexpr std::uint64_t lme = 1 << 8;

std::string msr_name(const Specification& spec, std::uint32_t index) {
    for (const load::MsrRow& row : spec.msr_load.table)
        if (index >= row.first && index <= row.last) return fmt::format("{} ({})", row.name, hex(index));
    return fmt::format("MSR {}", hex(index));
}

/// The data of an entry, with the bits of IA32_EFER named.
std::string msr_data(const Specification& spec, const MsrAreaEntry& entry) {
    if (!entry.data) return "?";
    const Leaf& efer = spec.state.leaves()[spec.state.leaf("guest.efer")];
    return entry.index == load::ia32_efer ? value_text(efer, *entry.data) : hex(*entry.data);
}

}  // namespace

std::string msr_entry_text(const Specification& spec, const KnownState& state, std::size_t k) {
    if (k >= state.entry_msr_load.size())
        return fmt::format("VM-entry MSR-load entry {}: the input does not tell it", k + 1);
    const MsrAreaEntry& entry = state.entry_msr_load[k];
    return fmt::format("VM-entry MSR-load entry {}: {} = {}", k + 1,
                       entry.index ? msr_name(spec, *entry.index) : "MSR ?", msr_data(spec, entry));
}

std::vector<std::size_t> telling_leaves(const Specification& spec, const KnownState& state, const Finding& finding,
                                        bool all) {
    constexpr std::size_t most = 10;
    std::vector<std::size_t> list;
    for (const std::size_t n : finding.leaves) {
        const Leaf& leaf = spec.state.leaves()[n];
        if (leaf.name.starts_with("msr_entry") || !state.value(n)) continue;
        const bool of_the_processor =
            leaf.name.starts_with("before.") || (finding.msr_entry && leaf.source != Source::vmcs);
        if (all || (!of_the_processor && list.size() < most)) list.push_back(n);
    }
    return list;
}

std::string leaf_text(const Specification& spec, const KnownState& state, std::size_t leaf) {
    const Leaf& one = spec.state.leaves()[leaf];
    return fmt::format("{} = {}", one.manual_name, value_text(one, state.value(leaf).value()));
}

std::string derivation(const KnownState& state, const Judgement& judgement, const Finding& finding) {
    if (finding.rule->id != "msr-load.efer.lme-pg" || !finding.msr_entry) return {};
    const std::size_t k = *finding.msr_entry;
    const Known before = judgement.efer.before.at(k);
    const std::optional<std::uint64_t> entry = state.value("control.entry");
    if ((before.known & lme) == 0 || !entry || !state.entry_msr_load[k].data) return {};
    const int established = (before.value & lme) != 0 ? 1 : 0;
    const std::string by =
        (*entry >> 15 & 1) != 0
            ? std::string{"\"load IA32_EFER\" = 1 loads"}
            : fmt::format("guest CR0.PG = 1 and \"IA-32e mode guest\" = {} establish", *entry >> 9 & 1);
    return fmt::format(
        "{} IA32_EFER.LME = {} (29.3.2.1); the value {} would {} it, and with CR0.PG = 1 such a WRMSR faults.", by,
        established, hex(*state.entry_msr_load[k].data), established != 0 ? "clear" : "set");
}

std::string missing_text(const Specification& spec, const KnownState& state, const Finding& finding) {
    if (finding.msr_entry) return msr_entry_text(spec, state, *finding.msr_entry);
    std::string missing;
    for (const std::size_t n : finding.leaves)
        missing += (missing.empty() ? "" : ", ") + std::string{spec.state.leaves()[n].manual_name};
    return missing;
}

std::optional<Recorded> recorded(const KnownState& state, const Judgement& judgement) {
    const std::optional<std::uint64_t> reason = state.value("information.exit_reason");
    if (!reason || (*reason & 0x80000000U) == 0 || judgement.decision != Decision::fails) return std::nullopt;
    const std::optional<std::uint64_t> qualification = state.value("information.exit_qualification");
    const bool agrees = std::ranges::any_of(judgement.outcomes, [&](const Outcome& outcome) {
        return outcome.channel == Channel::entry_failure && exit_reason(outcome) == *reason &&
               (!qualification || outcome.qualification == *qualification);
    });
    return Recorded{*reason, qualification, agrees};
}

}  // namespace vmxspec::query
