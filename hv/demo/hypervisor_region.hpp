/// Where vmxspec's hypervisor is, as its guest sees it.
#pragma once

#include "runtime/boot/boot_information.hpp"

namespace vmxspec::demo {

/// A reserved region below 4 GiB, from one multiple of 2 MiB to another, cut out of RAM: free memory ends where it
/// begins. Empty: there is none.
[[nodiscard]] inline runtime::Region hypervisor_region(const runtime::BootInformation& boot) {
    constexpr std::uint64_t alignment = std::uint64_t{2} << 20;
    constexpr std::uint32_t available = 1, reserved = 2;
    runtime::Region found{};
    boot.each_memory_map_entry([&](runtime::Region region, std::uint32_t type) {
        if (type != reserved || region.begin % alignment != 0 || region.end % alignment != 0 ||
            region.end > runtime::mapped_end) {
            return;
        }
        boot.each_memory_map_entry([&](runtime::Region before, std::uint32_t type_before) {
            if (type_before == available && before.end == region.begin) {
                found = region;
            }
        });
    });
    return found;
}

}  // namespace vmxspec::demo
