/// A window of linear addresses behind the first 4 GiB, whose pages each check maps as it wants.
#pragma once

#include <cstdint>

namespace vmxspec::demo {

/// Bits of a paging-structure entry (SDM table 5-20).
namespace page {
inline constexpr std::uint64_t present = 1, writable = 2, user = 4, reserved = std::uint64_t{1} << 51,
                               no_execute = std::uint64_t{1} << 63;
}  // namespace page

inline constexpr unsigned window_pages = 16;

/// Maps page `n` of the window to the page in which `object` lies, with these bits. \return the linear address of
/// `object` there
std::uint64_t map_window(unsigned n, const volatile void* object, std::uint64_t bits);

/// An object that is a page.
struct alignas(4096) Page {
    std::uint8_t bytes[4096];  // NOLINT(*-avoid-c-arrays)
};

}  // namespace vmxspec::demo
