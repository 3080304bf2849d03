// VMCLEAR, VMPTRLD and VMPTRST: which VMCS is active, which is current (SDM 27.1).
#include "spec/machine/conditions.hpp"
#include "spec/machine/instructions.hpp"

namespace vmxspec::machine {

namespace {

constexpr unsigned vmcs_shadowing = 14;  ///< bit of the secondary processor-based controls

/// The operand names a region that VMCLEAR and VMPTRLD accept.
Bool names_region(const State& s) {
    return valid_pointer(s, s.operand.address) && s.operand.address != s.machine.vmxon_pointer;
}

/// Rows for an address that is none, and for the VMXON pointer.
void pointer_rows(TransitionTable& table, const State& s, std::uint32_t bad_address, std::uint32_t vmxon_pointer) {
    table.row("address", in_root(s) && !valid_pointer(s, s.operand.address), Ending::vmfail, bad_address,
              vmfail(s, bad_address));
    table.row("vmxon-pointer", in_root(s) && s.operand.address == s.machine.vmxon_pointer, Ending::vmfail,
              vmxon_pointer, vmfail(s, vmxon_pointer));
}

}  // namespace

void vmclear(TransitionTable& table, const State& s) {
    const auto& [before, operand, region] = std::tie(s.before, s.operand, s.region);
    const Bits<64> current = before.current_vmcs;
    const Bool is_current = operand.address == current;
    const Bool other = region.address != operand.address;
    table.instruction(Instruction::vmclear, {"33.3", "VMCLEAR-Clear Virtual-Machine Control Structure"});

    entrance(table, s, {19, operand.is_register});
    pointer_rows(table, s, 2, 3);
    table.row("clear", all_of({privileged_root(s), !operand.is_register, names_region(s)}), Ending::succeed, 0,
              vmsucceed(s) + Effects{set<64>(before.current_vmcs, select(is_current, current.same(~0ULL), current)),
                                     set(operand.launched, false), set(operand.stale, false),
                                     set(region.active, region.active && other),
                                     set(region.launched, region.launched && other),
                                     set(region.stale, region.stale && other)},
              "The data of the VMCS is written back to its region.");
}

void vmptrld(TransitionTable& table, const State& s) {
    const auto& [before, operand, region] = std::tie(s.before, s.operand, s.region);
    const Bits<32> word = operand.word;
    const Bool accepted = right_revision(s, word) && (word[31] >> supports_secondary(s, vmcs_shadowing));
    table.instruction(Instruction::vmptrld, {"33.3", "VMPTRLD-Load Pointer to Virtual-Machine Control Structure"});

    entrance(table, s, {21, operand.is_register});
    pointer_rows(table, s, 9, 10);
    table.row("revision", in_root(s) && !accepted, Ending::vmfail, 11, vmfail(s, 11));
    table.row(
        "load", all_of({privileged_root(s), !operand.is_register, names_region(s), accepted}), Ending::succeed, 0,
        vmsucceed(s) + Effects{set<64>(before.current_vmcs, operand.address), set(before.launched, operand.launched),
                               set(before.current_is_shadow, word[31]), set(s.machine.current_stale, operand.stale),
                               set(region.active, region.active || region.address == operand.address)});
}

void vmptrst(TransitionTable& table, const State& s) {
    table.instruction(Instruction::vmptrst, {"33.3", "VMPTRST-Store Pointer to Virtual-Machine Control Structure"});

    entrance(table, s, {22, s.operand.is_register});
    table.row("store", privileged_root(s) && !s.operand.is_register, Ending::succeed, 0,
              vmsucceed(s) + Effects{set<64>(s.operand.value, s.before.current_vmcs)});
}

}  // namespace vmxspec::machine
