/// The machine's memory map, without what belongs to the hypervisor.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/memory/address.hpp"

namespace vmxspec::hv {

/// An entry of the map, with its type as Multiboot and ACPI number them: 1 is RAM that is free to use.
struct MapEntry {
    runtime::Region region;
    std::uint32_t type;
};

/// Of the types: RAM that is free to use, not to be used, and RAM that is free to use when ACPI's tables there have
/// been read.
inline constexpr std::uint32_t map_available = 1, map_reserved = 2, map_reclaimable = 3;

/// Entries in the order in which they were added.
class MemoryMap {
public:
    static constexpr std::size_t most = 256;

    /// Adds an entry without what of `hidden` lies in it, which becomes reserved. False: there is no room for it.
    [[nodiscard]] constexpr bool add(const MapEntry& entry, runtime::Region hidden) {
        const auto [begin, end] = entry.region;
        if (entry.type != map_available || hidden.end <= begin || end <= hidden.begin) {
            return push(entry.region, entry.type);
        }
        const std::uint64_t first = hidden.begin > begin ? hidden.begin : begin;
        const std::uint64_t last = hidden.end < end ? hidden.end : end;
        return push({begin, first}, map_available) && push({first, last}, map_reserved) &&
               push({last, end}, map_available);
    }

    /// Gives a region that lies in one entry of RAM that is free to use another type. False: it does not, or there is
    /// no room.
    [[nodiscard]] constexpr bool change(runtime::Region region, std::uint32_t type) {
        for (MapEntry& entry : std::span{entries_.data(), count_}) {
            if (entry.type != map_available || region.begin < entry.region.begin || region.end > entry.region.end) {
                continue;
            }
            const MapEntry whole = entry;
            entry = {region, type};
            return push({whole.region.begin, region.begin}, map_available) &&
                   push({region.end, whole.region.end}, map_available);
        }
        return false;
    }

    [[nodiscard]] constexpr std::span<const MapEntry> entries() const { return {entries_.data(), count_}; }

    /// Whether a region is RAM that is free to use, be it in several entries.
    [[nodiscard]] constexpr bool available(runtime::Region region) const {
        while (region.begin < region.end) {
            bool found = false;
            for (const MapEntry& entry : entries()) {
                if (entry.type == map_available && entry.region.begin <= region.begin &&
                    region.begin < entry.region.end) {
                    region.begin = entry.region.end;
                    found = true;
                }
            }
            if (!found) {
                return false;
            }
        }
        return true;
    }

    /// Bytes of RAM that is free to use, in the entries of it.
    [[nodiscard]] constexpr std::uint64_t available_size() const {
        std::uint64_t size = 0;
        for (const MapEntry& entry : entries()) {
            size += entry.type == map_available ? entry.region.end - entry.region.begin : 0;
        }
        return size;
    }

private:
    [[nodiscard]] constexpr bool push(runtime::Region region, std::uint32_t type) {
        if (region.begin >= region.end) {
            return true;
        }
        if (count_ == most) {
            return false;
        }
        entries_[count_++] = {region, type};
        return true;
    }

    std::array<MapEntry, most> entries_{};
    std::size_t count_ = 0;
};

/// Free memory, as high below a limit as there is some, away from what is taken.
class Placement {
public:
    static constexpr std::size_t most = 96;

    /// No memory at all.
    constexpr Placement() = default;

    constexpr Placement(const MemoryMap& map, std::uint64_t limit) : map_{&map}, limit_{limit} {}

    /// Nothing will be placed in `region`. False: there is no room to remember it.
    [[nodiscard]] constexpr bool take(runtime::Region region) {
        if (count_ == most) {
            return false;
        }
        taken_[count_++] = region;
        return true;
    }

    /// A place of `size` bytes that begins on a page and ends below `limit` too, and is taken then; begin 0: there is
    /// none.
    [[nodiscard]] constexpr std::uint64_t place(std::uint64_t size, std::uint64_t limit = ~std::uint64_t{0}) {
        limit = limit < limit_ ? limit : limit_;
        std::uint64_t best = 0;
        for (const MapEntry& entry : map_->entries()) {
            const std::uint64_t candidate = entry.type == map_available ? highest_in(entry.region, size, limit) : 0;
            best = candidate > best ? candidate : best;
        }
        return best != 0 && take({best, best + size}) ? best : 0;
    }

private:
    [[nodiscard]] constexpr std::uint64_t highest_in(runtime::Region region, std::uint64_t size,
                                                     std::uint64_t limit) const {
        std::uint64_t end = region.end < limit ? region.end : limit;
        while (end >= size && end - size >= region.begin) {
            const std::uint64_t begin = (end - size) & ~(runtime::page_size - 1);
            if (begin < region.begin) {
                return 0;
            }
            const runtime::Region* const in_the_way = meets({begin, begin + size});
            if (in_the_way == nullptr) {
                return begin;
            }
            end = in_the_way->begin;
        }
        return 0;
    }

    [[nodiscard]] constexpr const runtime::Region* meets(runtime::Region region) const {
        for (std::size_t n = 0; n < count_; ++n) {
            if (taken_[n].begin < region.end && region.begin < taken_[n].end) {
                return &taken_[n];
            }
        }
        return nullptr;
    }

    const MemoryMap* map_ = nullptr;
    std::uint64_t limit_ = 0;
    std::array<runtime::Region, most> taken_{};
    std::size_t count_ = 0;
};

}  // namespace vmxspec::hv
