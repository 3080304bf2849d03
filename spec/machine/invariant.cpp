#include "spec/machine/invariant.hpp"

#include "spec/machine/conditions.hpp"

namespace vmxspec::machine {

namespace {

Bool region_is_current(const State& s) {
    return s.before.in_vmx_operation && s.region.address == s.before.current_vmcs;
}

/// The region has these attributes.
Bool has(const State& s, Bool launched, Bool shadow, Bool stale) {
    const auto& region = s.region;
    return (region.launched == launched) && (region.shadow == shadow) && (region.stale == stale);
}

}  // namespace

std::vector<Invariant> invariants(const State& s) {
    const auto& [before, machine, region] = std::tie(s.before, s.machine, s.region);
    const Bool inside = before.in_vmx_operation;
    const Bool current = inside && has_current(s);
    const Bool is_current = region_is_current(s) && has_current(s);
    const Bool is_vmxon_region = inside && region.address == machine.vmxon_pointer;
    const Bool dual_monitor = machine.dual_monitor_active;
    return {
        {"pointer", "the current-VMCS pointer is all ones, or 4-KByte aligned and within the physical-address width",
         current >> valid_pointer(s, before.current_vmcs)},
        {"vmxon-pointer", "the VMXON pointer is 4-KByte aligned and within the physical-address width",
         inside >> valid_pointer(s, machine.vmxon_pointer)},
        {"vmxon-not-current", "the VMXON region is never the current VMCS",
         inside >> (before.current_vmcs != machine.vmxon_pointer)},
        {"vmxon-not-active", "the VMXON region is never active as a VMCS", is_vmxon_region >> !region.active},
        {"vmxon-ordinary", "the VMXON region does not bear the shadow-VMCS indicator",
         is_vmxon_region >> !region.shadow},
        {"current-active", "at most one VMCS is current, and it is active", is_current >> region.active},
        {"current-attributes", "launch state and type of the current VMCS are those of its region",
         is_current >> has(s, before.launched, before.current_is_shadow, machine.current_stale)},
        {"active-inside", "outside VMX operation no VMCS is active", region.active >> inside},
        {"stale-launched", "a VMCS that was launched before VMXOFF is still launched", region.stale >> region.launched},
        {"non-root-inside", "VMX non-root operation is a form of VMX operation", before.non_root >> inside},
        {"non-root-launched", "VMX non-root operation is under the control of a launched ordinary VMCS that is current",
         before.non_root >> all_of({has_current(s), before.launched, !before.current_is_shadow})},
        {"init", "INIT signals are blocked in VMX root operation and only there",
         machine.init_blocked == (inside && !before.non_root)},
        {"a20m", "in VMX operation A20M is blocked and disabled", inside >> (machine.a20m_blocked && !machine.a20m)},
        {"dual-monitor",
         "the dual-monitor treatment is active in VMX operation only, and SMM in VMX operation only under it",
         (dual_monitor >> inside) && ((inside && before.in_smm) >> dual_monitor)},
        {"smm-transfer",
         "the SMM-transfer VMCS pointer is as valid as a current-VMCS pointer, and not the VMXON pointer",
         dual_monitor >>
             (valid_pointer(s, machine.smm_transfer_vmcs) && machine.smm_transfer_vmcs != machine.vmxon_pointer)},
    };
}

Bool initial(const State& s) {
    const auto& [before, machine, region] = std::tie(s.before, s.machine, s.region);
    return all_of({!before.in_vmx_operation, !before.non_root, !before.in_smm, !machine.init_blocked,
                   !machine.dual_monitor_active, !region.active, !region.launched, !region.stale});
}

Bool coherent(const State& s) {
    const auto& [region, operand, successor] = std::tie(s.region, s.operand, s.successor);
    const Bits<32> word = operand.word;
    const Bits<32> link_word = s.memory.link_word;
    const Bits<32> executive_word = s.checks.executive_word;
    const Bits<64> executive = s.control.executive_vmcs;
    const Bool to_root = executive == s.machine.vmxon_pointer;
    const Bits<64> made_current =
        select<64>(s.before.in_smm, select<64>(to_root, s.guest.link_pointer, executive), s.machine.smm_transfer_vmcs);
    return all_of({
        (region.address == operand.address) >> has(s, operand.launched, word[31], operand.stale),
        (region.address == s.guest.link_pointer) >> (region.shadow == link_word[31]),
        (region.address == executive) >> (region.shadow == executive_word[31]),
        (region.address == made_current) >> has(s, successor.launched, successor.shadow, successor.stale),
        (made_current == executive) >> (successor.shadow == executive_word[31]),
    });
}

Bool no_vmx_in_default_smm(const State& s) {
    return (s.before.in_smm && !s.before.in_vmx_operation) >> !s.before.cr4.vmxe;
}

Bool verdicts_agree(const State& s, const RuleTable& rules) {
    Bool link = constant(s.graph(), true);
    for (const Rule& rule : rules)
        if (rule.id.starts_with("guest.link.")) link = link && rule.condition;
    return s.checks.guest_state >> link;
}

}  // namespace vmxspec::machine
