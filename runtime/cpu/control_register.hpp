/// Control registers, RFLAGS, segment selectors, and the bits of them that the runtime uses.
#pragma once

#include <cstdint>

namespace vmxspec::runtime {

/// CR4.VMXE: VMX operation may be entered.
inline constexpr std::uint64_t cr4_vmxe = 1U << 13;

[[nodiscard]] inline std::uint64_t read_cr0() {
    std::uintptr_t value;
    asm volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}
inline void write_cr0(std::uint64_t value) {
    asm volatile("mov %0, %%cr0" : : "r"(static_cast<std::uintptr_t>(value)) : "memory");
}

/// The linear address of the last page fault.
[[nodiscard]] inline std::uint64_t read_cr2() {
    std::uintptr_t value;
    asm volatile("mov %%cr2, %0" : "=r"(value));
    return value;
}

[[nodiscard]] inline std::uint64_t read_cr3() {
    std::uintptr_t value;
    asm volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}
inline void write_cr3(std::uint64_t value) {
    asm volatile("mov %0, %%cr3" : : "r"(static_cast<std::uintptr_t>(value)) : "memory");
}

[[nodiscard]] inline std::uint64_t read_cr4() {
    std::uintptr_t value;
    asm volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}
inline void write_cr4(std::uint64_t value) {
    asm volatile("mov %0, %%cr4" : : "r"(static_cast<std::uintptr_t>(value)) : "memory");
}

[[nodiscard]] inline std::uint64_t read_dr7() {
    std::uintptr_t value;
    asm volatile("mov %%dr7, %0" : "=r"(value));
    return value;
}
inline void write_dr7(std::uint64_t value) {
    asm volatile("mov %0, %%dr7" : : "r"(static_cast<std::uintptr_t>(value)));
}

[[nodiscard]] inline std::uint64_t read_rflags() {
    std::uint64_t value;
    asm volatile("pushfq\n\tpopq %0" : "=r"(value));
    return value;
}

/// CPL: the low two bits of CS.
[[nodiscard]] inline unsigned current_privilege_level() {
    std::uint16_t cs;
    asm volatile("mov %%cs, %0" : "=r"(cs));
    return cs & 3U;
}

}  // namespace vmxspec::runtime
