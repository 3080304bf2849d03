/// IDT: exceptions are repaired (`fixup.hpp`) or reported; nothing else is expected.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/memory/address.hpp"

namespace vmxspec::runtime {

/// A gate of the IDT: in 64-bit mode of 16 bytes (SDM volume 3A, 7.14.1), else of 8 (7.11).
struct Gate {
    std::array<std::uint64_t, sizeof(void*) / 4> words;
};

/// The interrupt gate of what is handled at CPL 0. Outside 64-bit mode there are no other stacks than the current one.
[[nodiscard]] constexpr Gate interrupt_gate(std::uint64_t entry, InterruptStack stack = InterruptStack::current) {
    constexpr std::uint64_t present_interrupt_gate = 0x8e00;
    constexpr bool has_stacks = sizeof(Gate) == 16;
    Gate gate{};
    gate.words[0] = (entry & 0xffff) | std::uint64_t{selector::code} << 16 | present_interrupt_gate << 32 |
                    (entry >> 16 & 0xffff) << 48;
    if constexpr (has_stacks) {
        gate.words[0] |= static_cast<std::uint64_t>(stack) << 32;
        gate.words[1] = entry >> 32;
    }
    return gate;
}

/// A page of its own, which may be made read-only once it is filled in. Gates for the exceptions, vectors 0 to 31. The
/// other gates are not present, but the table has room for all vectors: a VM exit sets the IDT's limit to FFFFH
/// (SDM 30.5.2).
class InterruptTable {
public:
    /// Makes the processor use the table; the first call fills it in. `DescriptorTables::load` comes first.
    void load();

    [[nodiscard]] std::uint64_t base() const { return reinterpret_cast<std::uint64_t>(&gates_); }

private:
    static constexpr std::size_t vectors = 256;

    void fill();

    alignas(page_size) std::array<Gate, vectors> gates_{};
};

/// The one table, for all processors.
extern InterruptTable interrupt_table;

}  // namespace vmxspec::runtime
