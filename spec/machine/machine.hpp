// VMX operation as a state machine: the transitions of every instruction. Cited: SDM chapters 27, 29, 33 and 34.
#pragma once

#include "spec/machine/transition.hpp"

namespace vmxspec::machine {

/// All transitions over the state. `rules` are those of VM entries: VMLAUNCH and VMRESUME refer to them, and INVEPT and
/// VMFUNC to what they say of an EPTP.
[[nodiscard]] TransitionTable transitions(const State& s, const RuleTable& rules);

/// When the instruction or event can happen at all: a VM exit only in VMX non-root operation.
[[nodiscard]] Bool can_happen(const State& s, Instruction instruction);

}  // namespace vmxspec::machine
