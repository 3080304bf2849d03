// The manual's names of VM-instruction errors and basic exit reasons.
#pragma once

#include <cstdint>
#include <string_view>

namespace vmxspec::query {

/// SDM 33.4, Table 33-1; empty when the manual gives the number no meaning.
[[nodiscard]] std::string_view instruction_error_name(std::uint64_t number);
/// SDM volume 3D, appendix C; empty when the table has no such reason.
[[nodiscard]] std::string_view exit_reason_name(std::uint64_t basic_reason);

}  // namespace vmxspec::query
