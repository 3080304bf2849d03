/// Hands out physical pages that nobody else uses.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "runtime/memory/address.hpp"

namespace vmxspec::runtime {

/// Pages from the usable regions of the memory map, lowest first, never from a reserved region, each once:
/// what the kernel takes, it keeps. Knows numbers only and touches no memory.
class PageAllocator {
public:
    /// The kernel, the boot information and 32 modules.
    static constexpr std::size_t most_reserved = 34;

    /// \param usable  regions of RAM as the firmware reports them: in any order, overlapping or not,
    /// unaligned \param bounds  nothing outside of it is handed out
    constexpr PageAllocator(std::span<const Region> usable, Region bounds) : usable_{usable}, bounds_{bounds} {}

    /// Keeps `region` from being handed out from now on. False: no room to remember it, so the allocator
    /// must not be used.
    [[nodiscard]] constexpr bool reserve(Region region) {
        if (reserved_count_ == reserved_.size()) {
            return false;
        }
        reserved_[reserved_count_++] = region;
        return true;
    }

    /// `pages` consecutive pages (1 or more), whatever their contents; nothing when no region has that many
    /// left. A hole that is too small for a request is not looked at again by later ones.
    [[nodiscard]] constexpr std::optional<PhysicalAddress> allocate(std::size_t pages = 1) {
        if (pages > (bounds_.end - bounds_.begin) / page_size) {
            return std::nullopt;
        }
        const std::uint64_t size = pages * page_size;
        std::optional<std::uint64_t> best;
        for (const Region& region : usable_) {
            if (region.begin >= bounds_.end) {
                continue;  // and rounding it up could wrap around
            }
            const std::uint64_t end = region.end < bounds_.end ? region.end : bounds_.end;
            std::uint64_t begin = region.begin;
            begin = begin < bounds_.begin ? bounds_.begin : begin;
            begin = begin < next_ ? next_ : begin;
            begin = past_reserved(round_up(begin), size);
            if (begin < end && end - begin >= size && (!best || begin < *best)) {
                best = begin;
            }
        }
        if (!best) {
            return std::nullopt;
        }
        next_ = *best + size;
        return PhysicalAddress{*best};
    }

private:
    [[nodiscard]] static constexpr std::uint64_t round_up(std::uint64_t address) {
        return (address + page_size - 1) & ~(page_size - 1);
    }

    /// The first page at or after `begin` where `size` bytes meet no reserved region.
    [[nodiscard]] constexpr std::uint64_t past_reserved(std::uint64_t begin, std::uint64_t size) const {
        for (std::size_t i = 0; i < reserved_count_;) {
            if (reserved_[i].begin < begin + size && begin < reserved_[i].end) {
                begin = round_up(reserved_[i].end);
                i = 0;  // an earlier region may be in the way now
            } else {
                ++i;
            }
        }
        return begin;
    }

    std::span<const Region> usable_;
    Region bounds_;
    std::array<Region, most_reserved> reserved_{};
    std::size_t reserved_count_ = 0;
    std::uint64_t next_ = 0;
};

}  // namespace vmxspec::runtime
