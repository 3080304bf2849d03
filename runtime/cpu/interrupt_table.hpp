/// IDT: exceptions are repaired (`fixup.hpp`) or reported; nothing else is expected.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vmxspec::runtime {

/// Gates for the exceptions, vectors 0 to 31. The other gates are not present, but the table has room for
/// all vectors: a VM exit sets the IDT's limit to FFFFH (SDM 30.5.2).
class InterruptTable {
public:
    /// Fills the table in and makes the processor use it. `DescriptorTables::load` comes first.
    void load();

    [[nodiscard]] std::uint64_t base() const { return reinterpret_cast<std::uint64_t>(&gates_); }

private:
    static constexpr std::size_t vectors = 256;

    /// A 64-bit gate (SDM volume 3A, 7.14.1).
    struct Gate {
        std::uint64_t low;
        std::uint64_t high;
    };

    alignas(16) std::array<Gate, vectors> gates_{};
};

/// The one table, for all processors.
extern InterruptTable interrupt_table;

}  // namespace vmxspec::runtime
