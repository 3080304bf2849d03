/// IDT: exceptions are repaired (`fixup.hpp`) or reported; nothing else is expected.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/memory/address.hpp"

namespace vmxspec::runtime {

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

    /// A 64-bit gate (SDM volume 3A, 7.14.1).
    struct Gate {
        std::uint64_t low;
        std::uint64_t high;
    };

    void fill();

    alignas(page_size) std::array<Gate, vectors> gates_{};
};

/// The one table, for all processors.
extern InterruptTable interrupt_table;

}  // namespace vmxspec::runtime
