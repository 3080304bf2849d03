/// VMCS02: the VMCS under which L2 runs, from VMCS12 and from what the hypervisor needs.
#pragma once

#include "hv/nested/nested.hpp"

namespace vmxspec::hv {

/// What a VM entry of L1's leaves as it is unless VMCS12 says otherwise: from VMCS01.
struct KeptRegisters {
    std::uint64_t dr7, debugctl, pat;
};

/// Reads them; VMCS01 must be current.
[[nodiscard]] KeptRegisters kept_registers(const Processor& processor);

/// Writes VMCS02, which must be current. \param efer  what L2 begins with
void write_vmcs02(Processor& processor, const KeptRegisters& kept, std::uint64_t efer);

/// Puts what the VM exit has saved into VMCS12, as far as VMCS12 wants it saved (SDM 30.3).
void save_guest_state(Processor& processor);

}  // namespace vmxspec::hv
