/// The paging structures on which the hypervisor itself runs: nothing is both writable and executable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "hv/l1/page_pool.hpp"
#include "runtime/memory/address.hpp"

namespace vmxspec::hv {

/// Where the hypervisor's code lies, where its constants, and all that is its own: each begins and ends on a page, the
/// last on 2 MiB.
struct ImageLayout {
    runtime::Region text, constants, all;
};

/// Pages of 4 KiB, by what the paging structures allow.
struct PageRights {
    std::uint64_t executable, writable_and_executable, unmapped;
};

/// The first 4 GiB, each address mapped to itself: executable is the code, not writable are code and constants.
class HostPaging {
public:
    constexpr HostPaging() = default;

    /// \param no_execute  IA32_EFER.NXE is 1: without it everything is executable
    /// \return false when the pool has too few pages
    [[nodiscard]] bool build(PagePool& pool, const ImageLayout& image, bool no_execute);

    /// The value for CR3.
    [[nodiscard]] std::uint64_t root() const { return root_; }

    /// A page within the hypervisor's own memory that nothing may touch. Before CR3 is loaded.
    void guard(runtime::PhysicalAddress page);

    /// A page within the hypervisor's own memory that nothing may write. Before CR3 is loaded.
    void protect(runtime::PhysicalAddress page);

    /// The byte at a physical address beyond the first 4 GiB: its page is mapped until this is called again for the
    /// same processor, of at most 512.
    [[nodiscard]] std::byte* window(std::uint32_t processor, std::uint64_t address) const;

    /// Whether the first 2 MiB are executable: while processors start there. Takes effect with the next MOV to CR3.
    void let_low_memory_execute(bool allowed);

    /// What the structures allow now, in the first 4 GiB.
    [[nodiscard]] PageRights rights() const;

    /// Whether anything can be kept from being executed.
    [[nodiscard]] bool has_no_execute() const { return no_execute_ != 0; }

private:
    [[nodiscard]] std::uint64_t& entry(runtime::PhysicalAddress page) const;

    std::uint64_t root_ = 0;
    std::uint64_t windows_ = 0;  ///< the page table of the windows, which lie behind the first 4 GiB
    std::uint64_t no_execute_ = 0;
};

}  // namespace vmxspec::hv
