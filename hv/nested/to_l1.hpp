/// L1's processor after a VM exit of L2's, or after a VM entry that failed (SDM 30.5, 29.8).
#pragma once

#include "hv/nested/nested.hpp"

namespace vmxspec::hv {

/// Makes VMCS01 current and loads it, and L1's MSRs, from VMCS12's host-state area, then the VM-exit MSR-load area.
/// Nested::exited and Nested::exiting have what is left as it is. A VMX abort ends the machine.
void load_l1(Processor& processor, Registers& registers);

/// Stores the VM-exit MSR-store area (SDM 30.4); VMCS02 must be current.
void store_msrs(Processor& processor, Registers& registers);

/// Makes a VMCS current; that it is not taken would be the hypervisor's own failure.
void make_current(runtime::PhysicalAddress vmcs);
/// Makes it clear, and not current; likewise.
void make_clear(runtime::PhysicalAddress vmcs);

/// The processor has refused VMCS02, which keeps all rules: a processor that differs from the manual. L1 is told what
/// it would be told without the hypervisor (SDM 29.8). MSRs that L0 has loaded for L2 stay (entry.cpp).
void return_failed_entry(Processor& processor, Registers& registers);

}  // namespace vmxspec::hv
