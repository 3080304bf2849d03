// The processor and the VMCS after a VM entry that failed in 29.3 or 29.4. Cited: SDM 29.8.
#pragma once

#include "spec/load/load_table.hpp"
#include "spec/state/state.hpp"

namespace vmxspec::load {

/// State is loaded as by a VM exit, over what the VM entry may or may not have loaded before it failed: a bit of the
/// exit's rows that depends on that is undefined here. Rows `vmcs.*` are all that the failure does to the VMCS: a field
/// without a row is not modified. `s.exiting.failure_reason` and `failure_qualification` are the outcome of the check
/// or of the MSR-load entry that failed.
[[nodiscard]] LoadTable after_failure(const State& s, const LoadTable& entry, const LoadTable& exit);

/// The outcome that `s.exiting` names is one that a broken rule has, or the number of an entry of the MSR-load area
/// while no check of 29.3 is broken.
[[nodiscard]] Bool failure_allowed(const State& s, const RuleTable& entry_rules);

/// Row exit.entry-failure: what a failed entry records, loads and leaves.
void failure_rules(RuleTable& table, const State& s, const LoadTable& failure);

}  // namespace vmxspec::load
