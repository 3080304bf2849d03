/// The few bytes of memory that checks of a VM entry read.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "hv/check/live_state.hpp"

namespace vmxspec::hv {

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
