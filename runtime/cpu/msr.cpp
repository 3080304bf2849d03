#include "runtime/cpu/msr.hpp"

namespace vmxspec::runtime {

std::optional<std::uint64_t> read_msr(std::uint32_t index) {
    std::uint32_t low;
    std::uint32_t high;
    std::uint32_t faulted;
    asm volatile(
        "movl $1, %[faulted]\n"
        "1:\trdmsr\n\t"
        "xorl %[faulted], %[faulted]\n"
        "2:\n\t"
        ".pushsection .fixups, \"a\"\n\t"
        ".long 1b - ., 2b - .\n\t"
        ".popsection"
        : "=a"(low), "=d"(high), [faulted] "=&r"(faulted)
        : "c"(index)
        : "cc");
    if (faulted != 0) {
        return std::nullopt;
    }
    return std::uint64_t{high} << 32 | low;
}

bool write_msr(std::uint32_t index, std::uint64_t value) {
    std::uint32_t faulted;
    asm volatile(
        "movl $1, %[faulted]\n"
        "1:\twrmsr\n\t"
        "xorl %[faulted], %[faulted]\n"
        "2:\n\t"
        ".pushsection .fixups, \"a\"\n\t"
        ".long 1b - ., 2b - .\n\t"
        ".popsection"
        : [faulted] "=&r"(faulted)
        : "c"(index), "a"(static_cast<std::uint32_t>(value)), "d"(static_cast<std::uint32_t>(value >> 32))
        : "cc", "memory");
    return faulted == 0;
}

}  // namespace vmxspec::runtime
