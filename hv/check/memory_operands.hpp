/// The few bytes of memory that checks of a VM entry read.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "hv/check/live_state.hpp"

namespace vmxspec::hv {

/// Which memory operands the checks read of the entry that a state describes.
struct MemoryReads {
    bool vtpr, link_word, pdptes;
};

[[nodiscard]] constexpr MemoryReads memory_reads(const State& s) {
    const auto bit = [](std::uint64_t word, unsigned n) { return (word >> n & 1) != 0; };
    // Secondary processor-based controls as the processor acts on them: 0 unless activated (SDM 27.6.2).
    const std::uint64_t secondary = bit(s.control_proc, 31) ? s.control_proc2 : 0;
    return {
        // "use TPR shadow", without "virtual-interrupt delivery" and "virtualize APIC accesses"
        bit(s.control_proc, 21) && !bit(secondary, 9) && !bit(secondary, 0),
        s.guest_link_pointer != ~std::uint64_t{0},
        // CR0.PG and CR4.PAE without "IA-32e mode guest", and without "enable EPT", with which they are in the VMCS
        bit(s.guest_cr0, 31) && bit(s.guest_cr4, 5) && !bit(s.control_entry, 9) && !bit(secondary, 1),
    };
}

/// Where they are.
inline constexpr std::uint64_t vtpr_offset = 0x80;
inline constexpr std::uint64_t pae_cr3_address = 0xffff'ffe0;

/// What was read: nothing where the checks that would read it do not apply, or where it may not be read.
struct MemoryOperands {
    std::optional<std::uint8_t> vtpr;                    ///< byte 80H of the virtual-APIC page (SDM 29.2.1.1)
    std::optional<std::uint32_t> link_word;              ///< 4 bytes at the VMCS link pointer (SDM 29.3.1.5)
    std::optional<std::array<std::uint64_t, 4>> pdptes;  ///< at the guest's CR3 (SDM 29.3.1.6)
    bool unreadable = false;                             ///< a check applies whose operand may not be read
};

/// Whether `size` bytes at a physical address lie in one of the regions, and are mapped.
[[nodiscard]] bool readable(std::span<const runtime::Region> regions, std::uint64_t address, std::uint64_t size);

/// Reads the operands of the entry that `s` describes, and puts them into `s`; what is not read is 0 there.
MemoryOperands read_memory_operands(State& s, std::span<const runtime::Region> regions);

}  // namespace vmxspec::hv
