#include "proofs/vectors/safety.hpp"

#include "proofs/query/exit_judgement.hpp"

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

/// Host state that the probe does not need, and puts back after a VM exit.
constexpr std::array<std::string_view, 6> spare_host_fields{
    "host.sysenter_cs", "host.sysenter_esp", "host.sysenter_eip", "host.fs_base", "host.gs_base", "host.pat"};

bool is_spare(std::string_view name, std::uint64_t difference) {
    constexpr std::uint64_t sce = 1;  // IA32_EFER.SCE: the probe makes no SYSCALL
    return std::ranges::find(spare_host_fields, name) != spare_host_fields.end() ||
           (name == "host.efer" && difference == sce);
}

bool as_base(const KnownState& state, const KnownState& base, std::string_view prefix) {
    for (std::size_t n = 0; n < state.values().size(); ++n) {
        const std::string& name = state.state().leaves()[n].name;
        if (name.starts_with(prefix) && state.values()[n] != base.values()[n] &&
            !is_spare(name, state.values()[n].value ^ base.values()[n].value))
            return false;
    }
    return true;
}

/// MSRs whose value the probe puts back, and which do not matter until it does.
constexpr std::array harmless{0x174U,      0x175U,      0x176U,      0x1d9U,      0x277U,      0xda0U,     0xc0000080U,
                              0xc0000081U, 0xc0000082U, 0xc0000083U, 0xc0000084U, 0xc0000102U, 0xc0000103U};

bool is_harmless(const MsrAreaEntry& entry) { return std::ranges::find(harmless, *entry.index) != harmless.end(); }

/// Whether the area is the probe's own, and as long as what the vector has for it.
bool is_told(const KnownState& state, const KnownState& base, const std::string& area, std::size_t entries) {
    return state.value(area + "_count") == entries && (entries == 0 || state.value(area) == base.value(area));
}

const char* exit_danger(const Specification& spec, const KnownState& state, const KnownState& base, bool failed) {
    if (!is_told(state, base, "control.exit_msr_load", state.exit_msr_load.size()))
        return "a VM exit would load MSRs from memory of the probe";
    if (!failed && !is_told(state, base, "control.exit_msr_store", state.exit_msr_store.size()))
        return "a VM exit would store MSRs into memory of the probe";
    const query::ExitJudgement exit = query::judge_exit(spec, query::exiting_at_once(spec, state, failed), failed);
    if (!exit.broken.empty()) return nullptr;
    for (const MsrAreaEntry& entry : state.exit_msr_load)
        if (!is_harmless(entry)) return "a VM exit would load an MSR that the probe needs or cannot put back";
    return nullptr;
}

}  // namespace

const char* danger(const Specification& spec, const KnownState& state, const query::Judgement& judgement,
                   const KnownState& base) {
    if (fails_before_the_guest(judgement)) return nullptr;
    const bool guest_fails = std::ranges::any_of(
        judgement.violated, [](const query::Finding& finding) { return finding.rule->stage == Stage::guest; });
    if (!as_base(state, base, "host.")) return "a VM exit would load another host state than the probe's";
    // A failed entry loads MSRs of the VM-exit MSR-load area too (SDM 29.8).
    if (const char* reason = exit_danger(spec, state, base, !judgement.violated.empty())) return reason;
    if (guest_fails) return nullptr;
    if (state.value("control.entry_msr_load_count") != state.entry_msr_load.size())
        return "the MSR-load area would be longer than what the vector has";
    for (const MsrAreaEntry& entry : state.entry_msr_load) {
        const std::size_t place = static_cast<std::size_t>(&entry - state.entry_msr_load.data());
        const bool refused = std::ranges::any_of(
            judgement.violated, [&](const query::Finding& finding) { return finding.msr_entry == place; });
        if (refused) return nullptr;
        if (!is_harmless(entry)) return "an MSR would be loaded that the probe needs or cannot put back";
    }
    if (state.value("guest.activity") == wait_for_sipi) return "a guest that waits for a SIPI never exits";
    if ((*state.value("control.pin") & preemption_timer) != 0 && state.value("guest.preemption_timer") == 0U)
        return nullptr;
    if (!as_base(state, base, "guest.") || (*state.value("control.entry") != *base.value("control.entry")))
        return "without the VMX-preemption timer the guest would run, and not as the probe's own";
    return nullptr;
}

}  // namespace vmxspec::vectors
