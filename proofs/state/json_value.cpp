#include "proofs/state/json_value.hpp"

#include "proofs/state/input_error.hpp"

#include <fmt/format.h>

#include <charconv>

namespace vmxspec {

nlohmann::json json_document(std::string_view text, const std::string& where) {
    try {
        return nlohmann::json::parse(text);
    } catch (const nlohmann::json::parse_error& error) {
        throw InputError(
            fmt::format("{} is not complete JSON: it breaks at byte {}; is it truncated?", where, error.byte));
    }
}

nlohmann::json json_object(const nlohmann::json& json, const std::string& member, const std::string& where) {
    if (!json.is_object()) throw InputError(fmt::format("{}: a JSON object is needed here.", where));
    if (!json.contains(member)) return nlohmann::json::object();
    if (!json[member].is_object()) throw InputError(fmt::format("{}: \"{}\" must be an object.", where, member));
    return json[member];
}

std::string json_text(const nlohmann::json& json, const std::string& member, const std::string& missing,
                      const std::string& where) {
    if (!json.is_object()) throw InputError(fmt::format("{}: a JSON object is needed here.", where));
    if (!json.contains(member)) return missing;
    if (!json[member].is_string()) throw InputError(fmt::format("{}: \"{}\" must be text.", where, member));
    return json[member].get<std::string>();
}

std::uint64_t parse_number(std::string_view text, const std::string& where) {
    std::string_view digits = text;
    int base = 10;
    if (digits.starts_with("0x") || digits.starts_with("0X")) {
        digits.remove_prefix(2);
        base = 16;
    } else if (digits.ends_with('H') || digits.ends_with('h')) {
        digits.remove_suffix(1);
        base = 16;
    }
    std::uint64_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
    if (error == std::errc::result_out_of_range)
        throw InputError(fmt::format("{}: {} has more than 64 bits.", where, text));
    if (digits.empty() || error != std::errc{} || stop != end)
        throw InputError(fmt::format("{}: \"{}\" is not a number; write 0x1f or 31.", where, text));
    return value;
}

std::uint64_t json_number(const nlohmann::json& json, const std::string& where, const std::string& what) {
    if (json.is_boolean()) return json.get<bool>() ? 1 : 0;
    if (json.is_number_unsigned()) return json.get<std::uint64_t>();
    if (json.is_string()) return parse_number(json.get<std::string>(), where + ", " + what);
    throw InputError(fmt::format("{}: {} is not a number; write 31 or \"0x1f\".", where, what));
}

}  // namespace vmxspec
