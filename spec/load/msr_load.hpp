// The VM-entry MSR-load area: a fold over its entries, each on the state that the guest-state load and the entries
// before it left. Cited: SDM 29.4 Loading MSRs.
#pragma once

#include "spec/load/wrmsr.hpp"

namespace vmxspec::load {

/// One step of the fold, over the leaves of `s.msr_entry`.
struct MsrLoad {
    std::vector<MsrRow> table;  ///< what WRMSR accepts
    RuleTable rules;            ///< of one entry; the first entry that breaks one fails the VM entry
    Bool accepted;              ///< all checks of the entry hold
    Bits<64> efer_after;        ///< IA32_EFER after an accepted entry
};

/// The step. `loaded` is the state that 29.3.2 established.
[[nodiscard]] MsrLoad msr_load(const State& s, const Registers& loaded);

/// The same for a transition that may write the MSRs of SMM if `in_smm` holds: a VM exit's area is loaded by the same
/// rules (SDM 30.6).
[[nodiscard]] MsrLoad msr_load(const State& s, const Registers& loaded, Bool in_smm);

}  // namespace vmxspec::load
