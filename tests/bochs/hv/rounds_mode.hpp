/// Where the hypervisor of rounds.cpp in 64-bit mode differs from that in protected mode, with L2 alike.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "runtime/cpu/vm_entry.hpp"

namespace vmxspec::l1 {

inline constexpr bool is_64_bit = sizeof(void*) == sizeof(std::uint64_t);

/// A general register; also what one access of memory reads and writes whole.
using Word = std::uintptr_t;

// VM-exit and VM-entry controls "host address-space size" and "IA-32e mode guest"
inline constexpr std::uint64_t host_mode = is_64_bit ? 1U << 9 : 0, guest_mode = host_mode;

/// Access rights of CS: 64-bit code, or 32-bit code.
inline constexpr std::uint64_t code_rights = is_64_bit ? 0xa09b : 0xc09b;

enum class Paging : std::uint8_t { two_levels, pae, four_levels };
/// How linear addresses of L2's may be translated.
inline constexpr auto paging_of_l2 = [] {
    if constexpr (is_64_bit) {
        return std::array{Paging::four_levels};
    } else {
        return std::array{Paging::two_levels, Paging::pae};
    }
}();

/// The general registers that L2 does not write: in protected mode the first ones only.
[[nodiscard]] constexpr auto registers_kept() {
    using runtime::VmEntryFrame;
    constexpr std::size_t of_protected_mode = 4;
    constexpr std::array all{&VmEntryFrame::rbx, &VmEntryFrame::rbp, &VmEntryFrame::rsi, &VmEntryFrame::rdi,
                             &VmEntryFrame::r8,  &VmEntryFrame::r9,  &VmEntryFrame::r10, &VmEntryFrame::r11,
                             &VmEntryFrame::r12, &VmEntryFrame::r13, &VmEntryFrame::r14, &VmEntryFrame::r15};
    std::array<std::uint64_t VmEntryFrame::*, is_64_bit ? all.size() : of_protected_mode> kept{};
    for (std::size_t n = 0; n < kept.size(); ++n) {
        kept[n] = all[n];
    }
    return kept;
}

}  // namespace vmxspec::l1
