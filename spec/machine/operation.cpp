// VMXON and VMXOFF: entering and leaving VMX operation.
#include "spec/entry/conditions.hpp"
#include "spec/machine/conditions.hpp"
#include "spec/machine/instructions.hpp"

namespace vmxspec::machine {

namespace {

/// What VMXON demands of the logical processor before it looks at its operand.
Bool may_enter(const State& s) {
    const auto& [before, machine, capability] = std::tie(s.before, s.machine, s.capability);
    const Bits<64> all = Bits<64>{before.cr0}.same(~0ULL);
    const auto& control = machine.feature_control;
    return all_of({
        before.cpl == 0,
        !machine.a20m,
        entry::fixed_bits(before.cr0, capability.cr0_fixed0, capability.cr0_fixed1, all),
        entry::fixed_bits(before.cr4, capability.cr4_fixed0, capability.cr4_fixed1, all),
        control.lock,
        machine.in_smx >> control.vmxon_in_smx,
        machine.in_smx || control.vmxon_outside_smx,
    });
}

}  // namespace

void vmxon(TransitionTable& table, const State& s) {
    constexpr std::uint32_t exit_reason = 27;
    const auto& [before, machine, operand] = std::tie(s.before, s.machine, s.operand);
    const Bool outside = !before.in_vmx_operation;
    const Bool undefined = any_of({operand.is_register, !before.cr4.vmxe, wrong_mode(s)});
    const Bool right_region = right_revision(s, operand.word) && !Bits<32>{operand.word}[31];
    const Bool loses_trace = s.feature.pt && !s.capability.misc.pt_in_vmx;
    table.instruction(Instruction::vmxon, {"33.3", "VMXON-Enter VMX Operation"});

    table.row("ud", undefined, Ending::invalid_opcode, 0, {});
    table.row("gp", outside && !may_enter(s), Ending::general_protection, 0, {});
    table.row("address", outside && !valid_pointer(s, operand.address), Ending::vmfail_invalid, 0, vmfail_invalid(s));
    table.row("revision", outside && !right_region, Ending::vmfail_invalid, 0, vmfail_invalid(s));
    table.row("enter", all_of({outside, !undefined, may_enter(s), valid_pointer(s, operand.address), right_region}),
              Ending::succeed, 0,
              vmsucceed(s) + Effects{set(before.in_vmx_operation, true), set<64>(before.current_vmcs, ~0ULL),
                                     set<64>(machine.vmxon_pointer, operand.address), set(machine.init_blocked, true),
                                     set(machine.a20m, false), set(machine.a20m_blocked, true),
                                     set(machine.monitoring, false),
                                     set(before.trace_enabled, before.trace_enabled && !loses_trace)});
    table.row("exit", in_non_root(s), Ending::vm_exit, exit_reason, vm_exit(s, exit_reason));
    table.row("gp-root", in_root(s) && before.cpl > 0, Ending::general_protection, 0, {});
    table.row("root", in_root(s) && before.cpl == 0, Ending::vmfail, 15, vmfail(s, 15));
}

void vmxoff(TransitionTable& table, const State& s) {
    constexpr std::uint32_t exit_reason = 26;
    const auto& [before, machine, region] = std::tie(s.before, s.machine, s.region);
    table.instruction(Instruction::vmxoff, {"33.3", "VMXOFF-Leave VMX Operation"});

    entrance(table, s, {exit_reason, constant(s.graph(), false)});
    table.row("gp-seam", in_root(s) && before.in_seam, Ending::general_protection, 0, {});
    table.row("dual-monitor", in_root(s) && machine.dual_monitor_active, Ending::vmfail, 23, vmfail(s, 23));
    table.row(
        "leave", all_of({privileged_root(s), !before.in_seam, !machine.dual_monitor_active}), Ending::succeed, 0,
        vmsucceed(s) +
            Effects{set(before.in_vmx_operation, false), set(machine.init_blocked, false),
                    set(machine.smi_blocked, machine.smi_blocked && machine.smm_monitor_ctl.vmxoff_keeps_smi_blocked),
                    set(machine.a20m_blocked, machine.a20m_blocked && machine.in_smx), set(machine.monitoring, false),
                    set(region.active, false), set(region.stale, region.launched)},
        "No VMCS is active outside VMX operation: the data of one that was may be corrupt (27.11.1). VMRESUME of one "
        "that was launched and has not been cleared since fails (33.4, error 6).");
}

}  // namespace vmxspec::machine
