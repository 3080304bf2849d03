// What is known of the VM exit that follows a VM entry before the guest executes an instruction, and of the loading of
// host state that ends a failed one.
#pragma once

#include "proofs/query/judgement.hpp"

namespace vmxspec::query {

/// The state with the leaves `exiting.*` as the VM entry leaves the processor, of which no guest instruction changed
/// them; where it failed, as the processor was before.
[[nodiscard]] KnownState exiting_at_once(const Specification& spec, const KnownState& state, bool entry_failed);

/// Whether it is a VMX abort.
struct ExitJudgement {
    std::vector<const Rule*> broken;     ///< by each of which it is one
    std::vector<const Rule*> undecided;  ///< by each of which it may be one
};

/// SDM 30.4 to 30.6 for a VM exit; 29.8 for a failed VM entry, which stores no MSRs. The MSR areas are those that the
/// state tells. \param exiting  as exiting_at_once() has it
[[nodiscard]] ExitJudgement judge_exit(const Specification& spec, const KnownState& exiting, bool entry_failed);

}  // namespace vmxspec::query
