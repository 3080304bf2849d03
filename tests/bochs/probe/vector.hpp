/// A vector: one VM entry to try, as its difference from the base state.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tests/bochs/probe/list.hpp"
#include "tests/bochs/probe/vmcs_fields.hpp"

namespace vmxspec::probe {

/// A change of one field of the base state.
struct Change {
    enum class Kind : std::uint8_t {
        set,            ///< the field becomes `value`
        set_bits,       ///< the bits of `value` become 1
        clear_bits,     ///< the bits of `value` become 0
        set_forbidden,  ///< a control bit that this processor does not allow becomes 1; `value` is not used
    };

    Kind kind;
    Field field;
    std::uint64_t value = 0;
};

/// An entry of an MSR area (SDM Table 27-16). The processor reads it from memory as it stands.
struct MsrEntry {
    std::uint32_t index;
    std::uint32_t reserved;
    std::uint64_t data;
};
static_assert(sizeof(MsrEntry) == 16);

/// The longest MSR area that is tried.
inline constexpr std::size_t most_entries = 16;

/// A vector as it is run, wherever it comes from.
struct Trial {
    std::string_view id;  ///< unique; printable ASCII without blanks
    std::span<const Change> changes;
    std::span<const MsrEntry> entry_msr_load;  ///< the VM-entry MSR-load area
};

/// A row of the table.
struct Vector {
    std::string_view id;
    List<Change, 4> changes;
    List<MsrEntry, 4> entry_msr_load;

    [[nodiscard]] constexpr Trial trial() const { return {id, changes, entry_msr_load}; }
};

/// All vectors, in the order in which they run.
[[nodiscard]] std::span<const Vector> vectors();

}  // namespace vmxspec::probe
