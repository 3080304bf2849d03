/// CPUID.
#pragma once

#include <cstdint>

namespace vmxspec::runtime {

/// What CPUID returns for one leaf and subleaf.
struct CpuidResult {
    std::uint32_t eax;
    std::uint32_t ebx;
    std::uint32_t ecx;
    std::uint32_t edx;
};

/// Executes CPUID. A leaf above the highest one returns the data of another leaf: see `cpuid_has`.
[[nodiscard]] inline CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0) {
    CpuidResult r{};
    asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
    return r;
}

/// Whether the processor has that basic (00000000H) or extended (80000000H) leaf.
[[nodiscard]] inline bool cpuid_has(std::uint32_t leaf) {
    constexpr std::uint32_t range = 0xffff'0000;
    const std::uint32_t highest = cpuid(leaf & range).eax;
    return (highest & range) == (leaf & range) && leaf <= highest;
}

/// MAXPHYADDR in bits (SDM volume 3, 5.1.4): 36 where no leaf tells of it.
[[nodiscard]] inline unsigned physical_address_width() {
    constexpr std::uint32_t address_sizes = 0x8000'0008;
    return cpuid_has(address_sizes) ? cpuid(address_sizes).eax & 0xff : 36;
}

}  // namespace vmxspec::runtime
