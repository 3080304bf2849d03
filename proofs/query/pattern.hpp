// What lists of known things say in regular expressions: of ids, of what was seen, of what an emulator wrote.
#pragma once

#include <nlohmann/json.hpp>

#include <regex>
#include <string>

namespace vmxspec::query {

/// The text as a regular expression (ECMAScript's). Throws InputError with `where` when it is none.
[[nodiscard]] std::regex pattern(const std::string& text, const std::string& where,
                                 std::regex::flag_type flags = std::regex::ECMAScript);
/// The row's member, which must be text; without it, what every text matches.
[[nodiscard]] std::regex pattern(const nlohmann::json& row, const char* member, const std::string& where);

}  // namespace vmxspec::query
