// Names of VMCS fields as hypervisors write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vmxspec::query {

/// A 64-bit field may be printed in halves (SDM 27.11.2: access type full or high).
enum class Half : std::uint8_t { whole, low, high };

struct FieldName {
    std::uint32_t encoding = 0;  ///< full access
    Half half = Half::whole;
    bool may_be_cut = false;  ///< the name of another field ends with this one
};

/// The field of this name, such as GUEST_CS_AR_BYTES, VMX_VMCS32_GUEST_CS_ACCESS_RIGHTS, kGuestCsArBytes or
/// IO_BITMAP_A_HIGH; nothing when no field, or more than one, is called so.
[[nodiscard]] std::optional<FieldName> field_named(std::string_view name);

/// All names that the table spells out.
[[nodiscard]] std::vector<std::string_view> field_names();

}  // namespace vmxspec::query
