#include "proofs/query/pattern.hpp"

#include "proofs/state/input_error.hpp"
#include "proofs/state/json_value.hpp"

#include <fmt/format.h>

namespace vmxspec::query {

std::regex pattern(const std::string& text, const std::string& where, std::regex::flag_type flags) {
    try {
        return std::regex{text, flags};
    } catch (const std::regex_error&) {
        throw InputError(fmt::format("{}: \"{}\" is no regular expression.", where, text));
    }
}

std::regex pattern(const nlohmann::json& row, const char* member, const std::string& where) {
    return pattern(json_text(row, member, "", where), where);
}

}  // namespace vmxspec::query
