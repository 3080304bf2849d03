/// Paging structures of L1's and of L2's, in each way of paging.
#pragma once

#include "runtime/memory/page_allocator.hpp"
#include "tests/bochs/hv/rounds_mode.hpp"

namespace vmxspec::l1 {

using runtime::PhysicalAddress;

/// The first 4 GiB, each linear address to the same physical one, for both privilege levels; but at `witness` each has
/// pages of its own, which say where they are: so that it shows whose paging structures translate.
class AddressSpace {
public:
    static constexpr std::uint32_t witness = 0xb000'0000;

    void make(runtime::PageAllocator& pages, Paging paging);

    /// Another page is at `witness` from now on, by another PDPTE where they are the processor's to load, else by
    /// another entry of a page directory.
    void turn();
    /// What can be read at `witness`.
    [[nodiscard]] std::uint32_t page_at_witness() const { return at_witness_[turned_ ? 1 : 0]; }

    [[nodiscard]] std::uint64_t cr3() const { return cr3_; }
    /// CR4 with the bits that choose this paging.
    [[nodiscard]] std::uint64_t cr4(std::uint64_t others) const;
    [[nodiscard]] Paging paging() const { return paging_; }
    /// PDPTE `n`, of PAE paging.
    [[nodiscard]] std::uint64_t pdpte(unsigned n) const { return runtime::at<std::uint64_t>(PhysicalAddress{cr3_})[n]; }

    /// On the processor that executes this, from now on.
    void use() const;

private:
    Paging paging_{};
    std::uint64_t cr3_ = 0;
    std::array<std::uint32_t, 2> at_witness_{};
    Word* turning_ = nullptr;  ///< the low half, or all, of the entry that is changed
    Word turned_bits_ = 0;
    bool turned_ = false;
};

/// The word at `witness`. \param forget  what the TLBs have of it
[[nodiscard]] std::uint32_t read_witness(bool forget);

}  // namespace vmxspec::l1
