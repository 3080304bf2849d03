// VMCALL and VMFUNC: the instructions that software in VMX non-root operation is meant to use.
#include "spec/entry/conditions.hpp"
#include "spec/machine/conditions.hpp"
#include "spec/machine/instructions.hpp"

namespace vmxspec::machine {

namespace {

/// What SMM VM exits from VMX root operation have in common (34.15.2). The logical processor stays in VMX root
/// operation.
Effects smm_exit(const State& s) {
    const auto& machine = s.machine;
    return {set(s.before.in_smm, true), set(machine.smi_blocked, true), set(machine.monitoring, false),
            set(s.before.blocking_by_mov_ss, false), set<64>(s.before.rflags, 2)};
}

/// The VM-exit controls are such that VMCALL can activate the dual-monitor treatment (34.15.6.1).
Bool right_exit_controls(const State& s) {
    const auto& [control, capability] = std::tie(s.control, s.capability);
    const Bits<64> allowed = entry::governing(s, capability.exit, capability.true_exit);
    return entry::allowed(control.exit, allowed) &&
           (control.exit.activate_secondary >> ((control.exit2 & ~capability.exit2) == 0));
}

/// Bit 0 of the SMM-transfer monitor features says IA-32e mode; bits 31:1 are reserved (34.15.6.1).
Bool right_features(const State& s) {
    const Bits<32> features = s.operand.mseg_features;
    const Bool in_64_bit_mode = s.before.efer.lma && s.before.cs_l;
    return all_of({(features >> 1) == 0, features[0] >> s.processor.intel64, in_64_bit_mode >> features[0]});
}

}  // namespace

void vmcall(TransitionTable& table, const State& s) {
    constexpr Citation activation{"34.15.6.1", "Initial Checks"};
    constexpr std::uint32_t exit_reason = 18;
    const auto& [before, machine, basic] = std::tie(s.before, s.machine, s.capability.basic);
    const Bool wrong = before.rflags.vm || (before.efer.lma && !before.cs_l);
    const Bool available = all_of({!before.in_smm, basic.dual_monitor, machine.smm_monitor_ctl.valid});
    const Bool active = machine.dual_monitor_active;
    const Bits<32> misc_high = Bits<64>{s.capability.misc}.slice<63, 32>();
    const Bool right_mseg = s.operand.mseg_revision == misc_high;
    const Bool reaches_smm = all_of({in_root(s), !wrong, before.cpl == 0, !before.in_seam, available});
    const Bool is_transfer = s.region.address == machine.smm_transfer_vmcs;
    table.instruction(Instruction::vmcall, {"33.3", "VMCALL-Call to VM Monitor"});

    table.row("ud-outside", !before.in_vmx_operation, Ending::invalid_opcode, 0, {});
    table.row("exit", in_non_root(s), Ending::vm_exit, exit_reason, vm_exit(s, exit_reason));
    table.row("ud-mode", in_root(s) && wrong, Ending::invalid_opcode, 0, {});
    table.row("gp", in_root(s) && (before.cpl > 0 || before.in_seam), Ending::general_protection, 0, {});
    table.row("no-monitor", in_root(s) && !available, Ending::vmfail, 1, vmfail(s, 1));
    table.row_of({"34.15.2", "SMM VM Exits"}, "smm-exit", reaches_smm && active, Ending::smm_exit, exit_reason,
                 smm_exit(s) + Effects{set<64>(before.current_vmcs, machine.smm_transfer_vmcs),
                                       set(before.launched, s.successor.launched),
                                       set(before.current_is_shadow, s.successor.shadow),
                                       set(machine.current_stale, s.successor.stale),
                                       set(s.region.active, s.region.active || is_transfer)},
                 "The manual does not say that the VMCS which becomes current is active; a current one is (27.1).");
    table.row_of(activation, "no-vmcs", in_root(s) && !active && !has_current(s), Ending::vmfail_invalid, 0,
                 vmfail_invalid(s));
    table.row_of(activation, "not-clear", !active && before.launched, Ending::vmfail_valid, 19, vmfail_valid(s, 19));
    table.row_of(activation, "exit-controls", !active && !right_exit_controls(s), Ending::vmfail_valid, 20,
                 vmfail_valid(s, 20));
    table.row_of(activation, "mseg-revision", !active && !right_mseg, Ending::vmfail_valid, 22, vmfail_valid(s, 22));
    table.row_of(activation, "mseg-features", !active && !right_features(s), Ending::vmfail_valid, 24,
                 vmfail_valid(s, 24));
    table.row_of({"34.15.6", "Activating the Dual-Monitor Treatment"}, "activate",
                 all_of({reaches_smm, !active, has_current(s), !before.launched, right_exit_controls(s), right_mseg,
                         right_features(s)}),
                 Ending::smm_exit, exit_reason,
                 smm_exit(s) + Effects{set<64>(machine.smm_transfer_vmcs, before.current_vmcs),
                                       set(machine.dual_monitor_active, true)});
}

void vmfunc(TransitionTable& table, const State& s, const RuleTable& rules) {
    constexpr std::uint32_t exit_reason = 59;
    constexpr unsigned ept_violation_ve = 18;
    constexpr std::uint64_t list_length = 512;
    const auto& [operand, control] = std::tie(s.operand, s.control);
    const Bits<64> listed = operand.listed_eptp;
    const Bool exists = all_of({in_non_root(s), Bool{s.proc2.enable_vm_functions}, operand.eax < 64});
    const Bool enabled = ((control.vm_function >> extend<64>(operand.eax)) & 1) != 0;
    const Bool is_switch = operand.eax == 0;
    const Bool in_list = operand.ecx < list_length;
    const Bool right_eptp = operand.listed_eptp.walk_length == control.eptp.walk_length && valid_eptp(s, rules, listed);
    const Bool traced = s.proc2.pt_uses_guest_physical && s.before.trace_enabled;
    const Bits<16> index = control.eptp_index;
    table.instruction(Instruction::vmfunc, {"28.5.7.2", "General Operation of the VMFUNC Instruction"});

    table.row("ud", !exists, Ending::invalid_opcode, 0, {});
    table.row("disabled", exists && !enabled, Ending::vm_exit, exit_reason, vm_exit(s, exit_reason));
    table.row_of({"28.5.7.3", "EPTP Switching"}, "eptp", is_switch && !all_of({in_list, right_eptp, !traced}),
                 Ending::vm_exit, exit_reason, vm_exit(s, exit_reason));
    table.row_of(
        {"28.5.7.3", "EPTP Switching"}, "switch", all_of({exists, enabled, is_switch, in_list, right_eptp, !traced}),
        Ending::function, 0,
        {set<64>(control.eptp, listed), set<16>(control.eptp_index, select(supports_secondary(s, ept_violation_ve),
                                                                           operand.ecx.slice<15, 0>(), index))});
}

}  // namespace vmxspec::machine
