// Parts of 29.2.1.1 that have files of their own; vm_execution_controls() calls them in the manual's order.
#pragma once

#include "spec/lang/rule.hpp"
#include "spec/state/state.hpp"

namespace vmxspec::entry {

/// TPR threshold, NMIs, APIC virtualization, posted interrupts and IPI virtualization.
void apic_controls(RuleTable& table, const State& s);

/// VPID, the EPT pointer, and the controls that need EPT.
void ept_controls(RuleTable& table, const State& s);

}  // namespace vmxspec::entry
