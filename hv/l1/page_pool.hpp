/// The hypervisor's own memory, page by page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "runtime/memory/address.hpp"

namespace vmxspec::hv {

/// Pages of a region, each zeroed when it is handed out. Physical addresses are addresses.
class PagePool {
public:
    constexpr PagePool() = default;

    /// \param region  begins and ends on a page
    constexpr explicit PagePool(runtime::Region region) : region_{region}, next_{region.begin} {}

    /// `pages` consecutive pages of zeros; nothing when there are not so many left.
    [[nodiscard]] std::optional<runtime::PhysicalAddress> take(std::size_t pages = 1) {
        const std::uint64_t size = pages * runtime::page_size;
        if (region_.end - next_ < size) {
            return std::nullopt;
        }
        const runtime::PhysicalAddress taken{next_};
        next_ += size;
        __builtin_memset(runtime::at<void>(taken), 0, size);
        return taken;
    }

    /// Takes back everything that was handed out.
    constexpr void reset() { next_ = region_.begin; }

    /// Gives back what lies behind the first multiple of `size` after the pages that were handed out. \return where the
    /// pool ends now
    constexpr std::uint64_t give_back(std::uint64_t size) {
        const std::uint64_t end = (next_ + size - 1) & ~(size - 1);
        region_.end = end < region_.end ? end : region_.end;
        return region_.end;
    }

    /// What was not handed out becomes a pool of its own, and this one is empty then.
    [[nodiscard]] constexpr PagePool split() {
        const PagePool rest{{next_, region_.end}};
        region_.end = next_;
        return rest;
    }

    [[nodiscard]] constexpr std::size_t left() const { return (region_.end - next_) / runtime::page_size; }

private:
    runtime::Region region_{};
    std::uint64_t next_ = 0;
};

}  // namespace vmxspec::hv
