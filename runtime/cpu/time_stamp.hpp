/// The time-stamp counter.
#pragma once

#include <cstdint>

namespace vmxspec::runtime {

/// RDTSC: ticks since the reset, of whatever length. Neither earlier nor later instructions are waited for.
[[nodiscard]] inline std::uint64_t read_time_stamp() {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return std::uint64_t{high} << 32 | low;
}

}  // namespace vmxspec::runtime
