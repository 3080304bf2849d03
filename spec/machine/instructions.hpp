// The rows of each instruction, in the manual's order. One function an instruction; each adds to the table.
#pragma once

#include "spec/machine/transition.hpp"

namespace vmxspec::machine {

void vmxon(TransitionTable& table, const State& s);
void vmxoff(TransitionTable& table, const State& s);
void vmclear(TransitionTable& table, const State& s);
void vmptrld(TransitionTable& table, const State& s);
void vmptrst(TransitionTable& table, const State& s);
void vmread(TransitionTable& table, const State& s);
void vmwrite(TransitionTable& table, const State& s);
/// VMLAUNCH and VMRESUME: `rules` gives the basic checks.
void vm_entries(TransitionTable& table, const State& s, const RuleTable& rules);
void invept(TransitionTable& table, const State& s, const RuleTable& rules);
void invvpid(TransitionTable& table, const State& s);
void vmcall(TransitionTable& table, const State& s);
void vmfunc(TransitionTable& table, const State& s, const RuleTable& rules);
void vm_exit_event(TransitionTable& table, const State& s);

}  // namespace vmxspec::machine
