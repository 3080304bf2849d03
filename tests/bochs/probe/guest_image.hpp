/// The guest of the base state: a few instructions in 32-bit protected mode with paging.
#pragma once

#include "runtime/memory/page_allocator.hpp"
#include "tests/bochs/probe/vmcs_image.hpp"

namespace vmxspec::probe {

/// What the base state's guest leaves in ECX when it has read IA32_EFER into EDX:EAX.
inline constexpr std::uint32_t efer_was_read = 0xc000'0080;

/// CR0.PG=1, CR0.PE=1, CR4.PAE=0: 4 MiB pages map the first 4 GiB to themselves.
class GuestImage {
public:
    /// Takes a page for the page directory, and refuses to go on without one.
    explicit GuestImage(runtime::PageAllocator& pages);

    /// Sets the guest-state fields.
    /// \param reads_efer  whether the guest reads IA32_EFER before its VMCALL (which exits, unless the MSR
    ///                    bitmaps say otherwise)
    void describe(VmcsImage& image, bool reads_efer) const;

    /// Of 32-bit paging, 4 MiB pages, each address to itself.
    [[nodiscard]] runtime::PhysicalAddress page_directory() const { return page_directory_; }

private:
    runtime::PhysicalAddress page_directory_;
};

}  // namespace vmxspec::probe
