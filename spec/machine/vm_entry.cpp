// VMLAUNCH, VMRESUME and the VM exit. The basic checks of a VM entry are the rules basic.*, row by row; what 29.2 to
// 29.4 said is an input (`checks.*`), which the rules of those sections decide.
#include "spec/machine/conditions.hpp"
#include "spec/machine/instructions.hpp"

namespace vmxspec::machine {

namespace {

constexpr Citation from_smm{"34.15.4.1", "Checks on the Executive-VMCS Pointer Field"};

/// VM entries that return from SMM (34.15.4).
struct Return {
    explicit Return(const State& s)
        : pointer{s.control.executive_vmcs},
          happens{s.before.in_smm && !s.control.entry.entry_to_smm},
          to_root{pointer == s.machine.vmxon_pointer},
          deactivates{s.control.entry.deactivate_dual_monitor},
          right_pointer{valid_pointer(s, pointer) &&
                        s.checks.executive_word == extend<32>(s.capability.basic.revision)} {}
    Bits<64> pointer;  ///< executive-VMCS pointer
    Bool happens;
    Bool to_root;  ///< the VM entry stays in VMX root operation
    Bool deactivates;
    Bool right_pointer;
};

/// Rows for the rules of 29.1, each with the outcome that it has for this instruction. A rule about the other
/// instruction's launch state cannot fail here and gets no row.
void basic_rows(TransitionTable& table, const State& s, const RuleTable& rules, bool is_vmresume,
                std::uint32_t exit_reason) {
    const std::map<std::size_t, NodeId> instruction{{s.leaf("before.vmresume"), constant(s.graph(), is_vmresume).id()}};
    const std::string_view others = is_vmresume ? "basic.fail4.launch-not-clear" : "basic.fail5.resume-not-launched";
    for (const Rule& rule : rules) {
        if (rule.stage != Stage::basic || rule.id == others) continue;
        const Bool broken = !Bool{&s.graph(), s.graph().substitute(rule.condition.id(), instruction)};
        const std::string_view suffix = std::string_view{rule.id}.substr(std::string_view{"basic."}.size());
        const std::uint32_t number = rule.outcomes.front().number;
        switch (rule.outcomes.front().channel) {
            case Channel::invalid_opcode:
                table.row_of(rule.citation, suffix, broken, Ending::invalid_opcode, 0, {});
                break;
            case Channel::general_protection:
                table.row_of(rule.citation, suffix, broken, Ending::general_protection, 0, {});
                break;
            case Channel::vm_exit:
                table.row_of(rule.citation, suffix, broken, Ending::vm_exit, exit_reason, vm_exit(s, exit_reason));
                break;
            case Channel::vmfail_invalid:
                table.row_of(rule.citation, suffix, broken, Ending::vmfail_invalid, 0, vmfail_invalid(s));
                break;
            default:
                table.row_of(rule.citation, suffix, broken, Ending::vmfail_valid, number, vmfail_valid(s, number));
                break;
        }
    }
}

/// Rows for the checks that only VM entries which return from SMM make, and the condition that all are passed.
Bool return_rows(TransitionTable& table, const State& s, const Return& back) {
    const Bool to_executive = back.happens && !back.to_root;
    const auto fail = [&](std::string_view suffix, Bool guard, std::uint32_t error) {
        table.row_of(from_smm, suffix, guard, Ending::vmfail_valid, error, vmfail_valid(s, error));
    };
    const Bool not_launched = all_of({to_executive, !back.deactivates, !s.successor.launched});
    fail("executive-pointer", back.happens && !back.right_pointer, 16);
    fail("executive-launched", not_launched, 17);
    fail("executive-vmxon", to_executive && back.deactivates, 18);
    fail("executive-controls", to_executive && !s.checks.executive_controls, 25);
    return back.happens >> all_of({back.right_pointer, !not_launched, back.to_root || !back.deactivates,
                                   back.to_root || s.checks.executive_controls});
}

/// What every successful VM entry changes. VMLAUNCH sets the launch state of the VMCS that it was made with.
Effects entered(const State& s, bool is_vmresume) {
    const auto& [before, region] = std::tie(s.before, s.region);
    Effects effects{set(s.machine.monitoring, false), set<64>(before.rflags, s.guest.rflags),
                    set(before.blocking_by_mov_ss, s.guest.interruptibility.mov_ss)};
    if (!is_vmresume) effects.push_back(set(region.launched, region.launched || region.address == before.current_vmcs));
    return effects;
}

/// The VMCS that a return from SMM makes current, and what the dual-monitor treatment becomes (34.15.4.7, 34.15.4.9).
Effects returned(const State& s, const Return& back, bool is_vmresume) {
    const auto& [before, machine, region, successor] = std::tie(s.before, s.machine, s.region, s.successor);
    const Bits<64> current = before.current_vmcs;
    const Bits<64> made_current = select<64>(back.to_root, s.guest.link_pointer, back.pointer);
    const Bool launches_it = is_vmresume ? constant(s.graph(), false) : made_current == current;
    const Bool smi = s.guest.interruptibility.smi;
    return {set<64>(before.current_vmcs, made_current),
            set(before.launched, successor.launched || launches_it),
            set(before.current_is_shadow, successor.shadow),
            set(machine.current_stale, successor.stale),
            set<64>(machine.smm_transfer_vmcs, select<64>(back.deactivates, machine.smm_transfer_vmcs, current)),
            set(machine.dual_monitor_active, machine.dual_monitor_active && !back.deactivates),
            set(before.in_smm, false),
            set(before.non_root, !back.to_root),
            set(machine.init_blocked, back.to_root),
            set(machine.smi_blocked, (back.deactivates && machine.in_smx) || (!back.deactivates && smi)),
            set(region.active, region.active || region.address == made_current)};
}

void success_rows(TransitionTable& table, const State& s, const Return& back, Bool passed, bool is_vmresume) {
    const auto& [before, machine, region] = std::tie(s.before, s.machine, s.region);
    const Bits<64> link = s.guest.link_pointer;
    const Bool shadows = s.proc2.vmcs_shadowing && link != ~0ULL;
    table.row_of({"34.15.4", "VM Entries that Return from SMM"}, "return-from-smm", passed && back.happens,
                 Ending::enter, 0, entered(s, is_vmresume) + returned(s, back, is_vmresume),
                 "The manual does not say that the VMCS which becomes current is active; a current one is (27.1).");
    table.row_of({"29", "VM Entries"}, "enter", passed && !back.happens, Ending::enter, 0,
                 entered(s, is_vmresume) +
                     Effects{set(before.launched, true), set(before.non_root, true), set(machine.init_blocked, false),
                             set(region.active, region.active || (shadows && region.address == link))},
                 "The VMCS that the link pointer names becomes active with \"VMCS shadowing\" (27.1).");
}

void vm_entry(TransitionTable& table, const State& s, const RuleTable& rules, bool is_vmresume) {
    const auto& [before, checks] = std::tie(s.before, s.checks);
    const Return back{s};
    const Bool stale = s.machine.current_stale && before.launched;

    basic_rows(table, s, rules, is_vmresume, is_vmresume ? 24 : 20);
    if (is_vmresume)
        table.row_of({"33.4", "VM Instruction Error Numbers"}, "after-vmxoff", has_current(s) && stale,
                     Ending::vmfail_valid, 6, vmfail_valid(s, 6),
                     "The manual gives the error but no place among the other checks.");
    const Bool returns = return_rows(table, s, back);
    table.row_of({"29.2.1", "Checks on VMX Controls"}, "controls", !checks.controls, Ending::vmfail_valid, 7,
                 vmfail_valid(s, 7));
    table.row_of({"29.2.2", "Checks on Host Control Registers, MSRs, and SSP"}, "host-state", !checks.host_state,
                 Ending::vmfail_valid, 8, vmfail_valid(s, 8),
                 "The checks of 29.2 may be made in any order: where both fail, a processor may report either.");
    table.row_of({"29.3.1", "Checks on the Guest State Area"}, "guest-state", !checks.guest_state,
                 Ending::entry_failure, 33, entry_failure(s, 33));
    table.row_of({"29.4", "Loading MSRs"}, "msr-load", !checks.msr_load, Ending::entry_failure, 34,
                 entry_failure(s, 34));

    const Bool right_launch_state = is_vmresume ? before.launched && !stale : !before.launched;
    const Bool passed =
        all_of({privileged_root(s), has_current(s), !before.current_is_shadow, !before.blocking_by_mov_ss,
                right_launch_state, returns, checks.controls, checks.host_state, checks.guest_state, checks.msr_load});
    success_rows(table, s, back, passed, is_vmresume);
}

}  // namespace

void vm_entries(TransitionTable& table, const State& s, const RuleTable& rules) {
    table.instruction(Instruction::vmlaunch, {"33.3", "VMLAUNCH/VMRESUME-Launch/Resume Virtual Machine"});
    vm_entry(table, s, rules, false);
    table.instruction(Instruction::vmresume, {"33.3", "VMLAUNCH/VMRESUME-Launch/Resume Virtual Machine"});
    vm_entry(table, s, rules, true);
}

void vm_exit_event(TransitionTable& table, const State& s) {
    Effects effects = vm_exit(s, 0);
    std::erase_if(effects, [&](const Effect& effect) { return effect.leaf == s.leaf("information.exit_reason"); });
    table.instruction(Instruction::vm_exit, {"30", "VM Exits"});
    table.row("exit", in_non_root(s), Ending::vm_exit, 0, effects, "The exit reason is the event's.");
}

}  // namespace vmxspec::machine
