/// A vector: one VM entry to try, as its difference from the base state.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "tests/bochs/probe/list.hpp"
#include "tests/bochs/probe/vmcs_fields.hpp"
#include "vmxspec/generated/entry_load.hpp"

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

using MsrEntry = generated::MsrAreaEntry;

/// The longest MSR area that is tried.
inline constexpr std::size_t most_entries = 16;

/// What a vector asks for besides fields: bytes of memory, and how the VM entry comes about. The numbers are those of
/// the file of vectors.
enum class Condition : std::uint8_t {
    vtpr,    ///< the byte at 80H of the virtual-APIC page
    link,    ///< the first 4 bytes at the VMCS link pointer, which is made to point to a page of the probe's
    pdpte0,  ///< the PDPTE in memory at the guest's CR3, which is made to point to a page of the probe's
    pdpte1,
    pdpte2,
    pdpte3,
    vmresume,         ///< the instruction is VMRESUME
    launched,         ///< the VMCS has been launched before
    mov_ss,           ///< the instruction before loads SS
    shadow,           ///< the current VMCS is a shadow VMCS
    no_current,       ///< there is no current VMCS
    legacy,           ///< from legacy protected mode, with the host state of such a hypervisor
    link_is_current,  ///< the VMCS link pointer is the current-VMCS pointer
};
inline constexpr std::size_t condition_count = 13;

/// The conditions of one vector.
class Conditions {
public:
    constexpr void set(Condition condition, std::uint64_t value) { values_[index(condition)] = value; }
    [[nodiscard]] constexpr bool has(Condition condition) const { return values_[index(condition)].has_value(); }
    /// 0 for one that was not set.
    [[nodiscard]] constexpr std::uint64_t value(Condition condition) const {
        return values_[index(condition)].value_or(0);
    }

private:
    static constexpr std::size_t index(Condition condition) { return static_cast<std::size_t>(condition); }

    std::array<std::optional<std::uint64_t>, condition_count> values_{};
};

/// A vector as it is run, wherever it comes from.
struct Trial {
    std::string_view id;  ///< unique; printable ASCII without blanks
    std::span<const Change> changes;
    std::span<const MsrEntry> entry_msr_load;  ///< the VM-entry MSR-load area
    std::span<const MsrEntry> exit_msr_store{};
    std::span<const MsrEntry> exit_msr_load{};
    Conditions conditions{};
};

/// A row of the table.
struct Vector {
    std::string_view id;
    List<Change, 4> changes;
    List<MsrEntry, 4> entry_msr_load;

    [[nodiscard]] constexpr Trial trial() const { return {id, changes, entry_msr_load, {}, {}, {}}; }
};

/// All vectors, in the order in which they run.
[[nodiscard]] std::span<const Vector> vectors();

}  // namespace vmxspec::probe
