/// VMCS01: the VMCS under which L1 runs.
#pragma once

#include "hv/l1/processor.hpp"

namespace vmxspec::hv {

/// How L1 begins: 32-bit protected mode, flat segments, no paging.
struct GuestStart {
    std::uint32_t rip;
    std::uint32_t eax, ebx, esi;
};

/// Writes controls and host state, and guest state as after INIT, into the current VMCS.
void write_vmcs01(const Processor& processor);

/// Makes the guest state that of `start`, the general registers too.
void write_start(Processor& processor, const GuestStart& start);

}  // namespace vmxspec::hv
