#include "proofs/vectors/safety.hpp"

#include <algorithm>
#include <array>

namespace vmxspec::vectors {

namespace {

constexpr std::uint64_t preemption_timer = 1 << 6;  // of the pin-based controls
constexpr std::uint64_t wait_for_sipi = 3;

/// Known to fail before the processor loads anything.
bool fails_before_the_guest(const query::Judgement& judgement) {
    return std::ranges::any_of(judgement.violated, [](const query::Finding& finding) {
        return finding.rule->stage == Stage::basic || finding.rule->stage == Stage::control_and_host;
    });
}

bool as_base(const KnownState& state, const KnownState& base, std::string_view prefix) {
    for (std::size_t n = 0; n < state.values().size(); ++n)
        if (state.state().leaves()[n].name.starts_with(prefix) && state.values()[n] != base.values()[n]) return false;
    return true;
}

/// MSRs whose value the probe puts back, and which do not matter until it does.
constexpr std::array harmless{0x174U,      0x175U,      0x176U,      0x1d9U,      0x277U,      0xda0U,     0xc0000080U,
                              0xc0000081U, 0xc0000082U, 0xc0000083U, 0xc0000084U, 0xc0000102U, 0xc0000103U};

}  // namespace

const char* danger(const KnownState& state, const query::Judgement& judgement, const KnownState& base) {
    if (fails_before_the_guest(judgement)) return nullptr;
    const bool guest_fails = std::ranges::any_of(
        judgement.violated, [](const query::Finding& finding) { return finding.rule->stage == Stage::guest; });
    if (!as_base(state, base, "host.")) return "a VM exit would load another host state than the probe's";
    // A failed entry loads MSRs of the VM-exit MSR-load area too (SDM 29.8).
    if (state.value("control.exit_msr_load_count") != 0U) return "a VM exit would load MSRs from memory of the probe";
    if (guest_fails) return nullptr;
    if (state.value("control.exit_msr_store_count") != 0U) return "a VM exit would store MSRs into memory of the probe";
    if (state.value("control.entry_msr_load_count") != state.entry_msr_load.size())
        return "the MSR-load area would be longer than what the vector has";
    for (const MsrAreaEntry& entry : state.entry_msr_load) {
        const bool accepted = std::ranges::find(harmless, *entry.index) != harmless.end();
        const std::size_t place = static_cast<std::size_t>(&entry - state.entry_msr_load.data());
        const bool refused = std::ranges::any_of(
            judgement.violated, [&](const query::Finding& finding) { return finding.msr_entry == place; });
        if (refused) return nullptr;
        if (!accepted) return "an MSR would be loaded that the probe needs or cannot put back";
    }
    if (state.value("guest.activity") == wait_for_sipi) return "a guest that waits for a SIPI never exits";
    if ((*state.value("control.pin") & preemption_timer) != 0 && state.value("guest.preemption_timer") == 0U)
        return nullptr;
    if (!as_base(state, base, "guest.") || (*state.value("control.entry") != *base.value("control.entry")))
        return "without the VMX-preemption timer the guest would run, and not as the probe's own";
    return nullptr;
}

}  // namespace vmxspec::vectors
