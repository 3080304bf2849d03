/// VMCS01: the VMCS under which L1 runs.
#pragma once

#include "hv/l1/processor.hpp"

namespace vmxspec::hv {

/// How L1 begins: in protected mode without paging or, with `cr3`, in 64-bit mode; flat segments.
struct GuestStart {
    std::uint64_t rip;
    std::uint32_t eax, ebx, esi;
    std::uint16_t code_selector = runtime::selector::code, data_selector = runtime::selector::data;
    runtime::Region gdt{};  ///< empty: the guest has none yet
    std::uint64_t cr3 = 0;  ///< paging structures of 64-bit mode
};

/// Writes controls and host state, and guest state as after INIT, into the current VMCS.
void write_vmcs01(const Processor& processor);

/// Makes the guest state that of `start`, the general registers too.
void write_start(Processor& processor, const GuestStart& start);

}  // namespace vmxspec::hv
