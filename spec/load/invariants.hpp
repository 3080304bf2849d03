// What the architecture itself demands of a processor, whatever brought it into its state. Written from the chapters on
// modes, paging, segments and interrupts (volume 3A), not from the checks of VM entries.
//
// Not among them, for the manual does not demand them: CR4.LA57 may be 1 outside IA-32e mode (volume 3A, 5.1.1); SS may
// be unusable in any mode, and its use faults then (29.3.2.2); CS.L means nothing outside IA-32e mode.
#pragma once

#include "spec/lang/rule.hpp"
#include "spec/state/state.hpp"

#include <map>
#include <string>
#include <vector>

namespace vmxspec::load {

/// A processor state: the value of each register, by the names of load tables. A register that is missing is not
/// spoken of.
using Values = std::map<std::string, Bits<64>, std::less<>>;

struct Invariant {
    std::string name;
    std::string statement;
    Citation citation;
    Bool condition;
};

/// All invariants of the state, on the processor of `s`. `relaxed`: software may have set or cleared CR0.PE without
/// loading segment registers since, as an unrestricted guest does; selectors and types of real-address mode are then
/// still there.
[[nodiscard]] std::vector<Invariant> invariants(const State& s, const Values& after, Bool relaxed);

/// Those of registers that a transition may leave as they were: control registers and MSRs. A theorem about a
/// transition assumes them of the state before it.
[[nodiscard]] std::vector<Invariant> lasting_invariants(const State& s, const Values& before);

}  // namespace vmxspec::load
