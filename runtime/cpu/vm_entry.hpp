/// VMLAUNCH and VMRESUME as a function call: the VM exit is its return.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/cpu/vmx.hpp"

namespace vmxspec::runtime {

/// The guest's general registers, which are in no VMCS, and the place where the host's stack pointer waits
/// for the VM exit. One a processor, and it stays where it is while the VMCS that names it is in use.
struct alignas(16) VmEntryFrame {
    std::uint64_t rax, rcx, rdx, rbx;
    std::uint64_t host_stack;  ///< used by vm_entry.S; the guest's RSP is in the VMCS
    std::uint64_t rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15;

    /// The value for the host-RSP field (6C14H): after a VM exit the registers are stored from there.
    [[nodiscard]] std::uint64_t host_rsp() const { return reinterpret_cast<std::uint64_t>(this); }

    /// The value for the host-RIP field (6C16H).
    [[nodiscard]] static std::uint64_t host_rip();
};
static_assert(offsetof(VmEntryFrame, host_stack) == 32 && sizeof(VmEntryFrame) == 128);  // as in vm_entry.S

/// Which of the two: VMLAUNCH wants a VMCS whose launch state is clear, VMRESUME a launched one.
enum class VmEntryInstruction : std::uint32_t { vmlaunch = 0, vmresume = 1 };

}  // namespace vmxspec::runtime

extern "C" {

/// vm_entry.S: where the processor goes on after a VM exit.
void vmxspec_vm_exit();

/// vm_entry.S: see `vm_entry`.
vmxspec::runtime::VmxOutcome vmxspec_vm_entry(vmxspec::runtime::VmEntryFrame* frame,
                                              vmxspec::runtime::VmEntryInstruction instruction);
}

namespace vmxspec::runtime {

inline std::uint64_t VmEntryFrame::host_rip() { return reinterpret_cast<std::uint64_t>(&vmxspec_vm_exit); }

/// Enters the guest of the current VMCS with the registers in `frame`.
///
/// The VMCS must have `frame.host_rsp()`, `VmEntryFrame::host_rip()` and the caller's own control registers,
/// segments and tables as host state. An exception with the frame as stack would overwrite what lies below
/// it; so vectors that can come at any time have stacks of their own (`InterruptStack`).
/// \return `succeed` after a VM exit, be it one from the guest or a VM-entry failure (bit 31 of the exit
///         reason), with the guest's registers in `frame`; else how the instruction failed
inline VmxOutcome vm_entry(VmEntryFrame& frame, VmEntryInstruction instruction) {
    return vmxspec_vm_entry(&frame, instruction);
}

}  // namespace vmxspec::runtime
