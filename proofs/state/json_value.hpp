// Numbers and objects of JSON inputs, with one clear sentence when they are not what they should be.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace vmxspec {

/// The document; throws InputError with the place where it breaks.
[[nodiscard]] nlohmann::json json_document(std::string_view text, const std::string& where);
/// The member, which must be an object; an empty one when there is none.
[[nodiscard]] nlohmann::json json_object(const nlohmann::json& json, const std::string& member,
                                         const std::string& where);
/// The member, which must be text; `missing` when there is none.
[[nodiscard]] std::string json_text(const nlohmann::json& json, const std::string& member, const std::string& missing,
                                    const std::string& where);
/// A number or a string such as "0x10"; throws InputError.
[[nodiscard]] std::uint64_t json_number(const nlohmann::json& json, const std::string& where, const std::string& what);
/// 0x10, 16, 10H, 10h: a whole unsigned number of at most 64 bits; throws InputError.
[[nodiscard]] std::uint64_t parse_number(std::string_view text, const std::string& where);

}  // namespace vmxspec
