#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vmxspec::query {

/// The encoding of the VMCS field that XMHF calls by this name.
[[nodiscard]] std::optional<std::uint32_t> xmhf_encoding(std::string_view name);
/// XMHF's name of the VMCS field with this encoding.
[[nodiscard]] std::optional<std::string_view> xmhf_name(std::uint32_t encoding);

}  // namespace vmxspec::query
