/// VM entry from legacy protected mode, with 32-bit paging, as a hypervisor of 32 bits makes it.
#pragma once

#include "hv/check/circumstances.hpp"
#include "runtime/cpu/vm_entry.hpp"
#include "runtime/memory/page_allocator.hpp"
#include "tests/bochs/probe/vmcs_image.hpp"

namespace vmxspec::probe {

/// The way there and back. VMX operation is left on the way, for CR0.PG cannot be cleared in it (SDM 26.8).
class LegacyMode {
public:
    /// \param page_directory  of 32-bit paging, 4 MiB pages, each address to itself
    LegacyMode(runtime::PageAllocator& pages, runtime::PhysicalAddress page_directory);

    /// The processor when it executes VMLAUNCH.
    [[nodiscard]] hv::ProcessorMode mode() const;

    /// The host state to which a VM exit can come back there.
    void describe_host(VmcsImage& image) const;

    /// VMLAUNCH of the current VMCS, from legacy protected mode. Afterwards the processor is in 64-bit mode, in VMX
    /// root operation, and the VMCS is current again, its launch state clear. Refuses to go on when an instruction on
    /// the way fails.
    [[nodiscard]] runtime::VmxOutcome enter(runtime::PhysicalAddress vmcs) const;

private:
    runtime::PhysicalAddress vmxon_region_;
    runtime::PhysicalAddress page_directory_;
};

}  // namespace vmxspec::probe
