/// L1's processor after a VM exit of L2's, or after a failed VM entry: from VMCS12's host-state area.
#pragma once

#include "hv/nested/nested.hpp"

namespace vmxspec::hv {

/// What such a transition leaves as it is (SDM 30.5, 29.8).
struct Leaving {
    generated::ExitState<std::uint64_t> state;  ///< of L2's processor, or of L1's
    std::uint64_t pat;
};

/// Loads VMCS01, which must be current, and L1's MSRs; then VMCS12's VM-exit MSR-load area. A VMX abort ends the machine.
/// \param failed  a VM entry has failed; else L2 has exited
void load_host_state(Processor& processor, Registers& registers, Leaving& leaving, bool failed);

/// Stores the VM-exit MSR-store area (SDM 30.4); VMCS02 must be current.
void store_msrs(Processor& processor, Registers& registers, const Leaving& leaving);

}  // namespace vmxspec::hv
