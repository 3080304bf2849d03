/// L1's VM entries: checked by the generated rules, then made with VMCS02; and back to L1.
#pragma once

#include "hv/nested/host_state.hpp"

namespace vmxspec::hv {

/// L1 gets a VM exit: VMCS02 must be current. VMCS12 has its reason and the rest of the VM-exit information.
void exit_to_l1(Processor& processor, Registers& registers, Leaving& leaving);

/// Makes a VMCS current whose failure to become so would be the hypervisor's own.
void make_current(runtime::PhysicalAddress vmcs);

}  // namespace vmxspec::hv
