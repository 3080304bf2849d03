#include "spec/machine/machine.hpp"

#include "spec/machine/conditions.hpp"
#include "spec/machine/instructions.hpp"

namespace vmxspec::machine {

TransitionTable transitions(const State& s, const RuleTable& rules) {
    TransitionTable table;
    vmxon(table, s);
    vmxoff(table, s);
    vmclear(table, s);
    vmptrld(table, s);
    vmptrst(table, s);
    vmread(table, s);
    vmwrite(table, s);
    vm_entries(table, s, rules);
    invept(table, s, rules);
    invvpid(table, s);
    vmcall(table, s);
    vmfunc(table, s, rules);
    vm_exit_event(table, s);
    return table;
}

Bool can_happen(const State& s, Instruction instruction) {
    return instruction == Instruction::vm_exit ? in_non_root(s) : constant(s.graph(), true);
}

}  // namespace vmxspec::machine
