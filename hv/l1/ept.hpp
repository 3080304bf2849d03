/// The identity map of guest-physical memory (SDM 31.3), with a hole where the hypervisor lies.
#pragma once

#include <cstdint>
#include <optional>

#include "hv/l1/memory_types.hpp"
#include "hv/l1/page_pool.hpp"
#include "runtime/memory/address.hpp"

namespace vmxspec::hv {

/// Sizes of pages besides 4 KiB, as IA32_VMX_EPT_VPID_CAP tells (SDM appendix A.10).
struct EptPageSizes {
    bool two_mib;
    bool one_gib;
};

/// Every guest-physical address is the same physical address, with the memory type that the MTRRs give it, but for the
/// pages of the hole: there a write-protected page of ones is. The hole
/// begins and ends on 2 MiB. Pages are mapped when they are asked for, each as large as
/// the processor, the MTRRs and the hole allow; when there is no page for a paging structure left, everything is
/// forgotten and mapped anew.
class Ept {
public:
    constexpr Ept() = default;

    /// \param types  the MTRRs, which are looked at whenever something is mapped
    /// \param hole   pages of the hypervisor
    /// \param ones   a page that is nothing but ones
    /// \param pool   pages for paging structures: 4 at least
    Ept(const MemoryTypes& types, runtime::Region hole, runtime::PhysicalAddress ones, EptPageSizes sizes,
        PagePool pool);

    /// The EPT pointer: four levels, write-back (SDM table 27-9).
    [[nodiscard]] std::uint64_t pointer() const { return raw(root_) | 3 << 3 | 6; }

    /// Maps the page of `address`. \return whether all had to be forgotten for it, and INVEPT is due
    bool map(std::uint64_t address);

    /// Maps all pages of a region.
    void map(runtime::Region region);

    /// Forgets everything; INVEPT is due.
    void clear();

    /// The hole becomes writable, or so no more: L1 then writes into the page of ones. INVEPT is due in either case.
    void open_hole(bool writable);
    [[nodiscard]] bool hole_is_open() const { return hole_is_open_; }

    [[nodiscard]] bool in_hole(std::uint64_t address) const { return address >= hole_.begin && address < hole_.end; }

    /// Writes to that page, which is a device's, become EPT violations. Before anything is mapped, or with `clear`.
    void watch(runtime::PhysicalAddress page, runtime::PhysicalAddress shadow) {
        watched_ = page;
        shadow_ = shadow;
    }
    [[nodiscard]] bool is_watched(std::uint64_t address) const {
        return raw(watched_) != 0 && (address & ~(runtime::page_size - 1)) == raw(watched_);
    }
    /// The shadow, which can be written, is mapped in place of the watched page, or so no more. INVEPT is due.
    void show_shadow(bool shown);

    /// The entry that maps `address`, of whatever level; nothing if there is none.
    [[nodiscard]] std::optional<std::uint64_t> entry(std::uint64_t address) const;

private:
    /// The leaf for `address` in a structure of `level` (1: 4 KiB pages); nothing if a page must be smaller there.
    [[nodiscard]] std::optional<std::uint64_t> leaf(std::uint64_t address, unsigned level) const;

    /// The entry of the lowest level that there is for `address`, and that level.
    [[nodiscard]] std::uint64_t& lowest(std::uint64_t address, unsigned& level) const;

    /// \return false if there was no page for a paging structure
    [[nodiscard]] bool try_map(std::uint64_t address);

    const MemoryTypes* types_ = nullptr;
    runtime::Region hole_{};
    runtime::PhysicalAddress ones_{};
    EptPageSizes sizes_{};
    PagePool pool_;
    runtime::PhysicalAddress root_{};
    bool hole_is_open_ = false;
    runtime::PhysicalAddress watched_{}, shadow_{};  // 0: none
};

}  // namespace vmxspec::hv
