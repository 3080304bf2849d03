// The project's own form of a state:
//     {"format": "vmxspec-state", "name": "after02", "processor": "arrandale",
//      "fields": {"guest.cr0": "0x80010035", ...}, "absent": ["guest.bndcfgs", ...],
//      "msr_load": [{"index": "0xc0000080", "reserved": "0x0", "data": "0xd01"}, ...]}
// `fields` names any leaf: VMCS fields, capability MSRs, processor features, memory. Several states are an array.
#include "proofs/query/dumps/reader.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/state/json_value.hpp"

#include <fmt/format.h>

namespace vmxspec::query {

namespace {

using Json = nlohmann::json;

MsrAreaEntry entry(const Json& json, std::size_t k, const std::string& where) {
    MsrAreaEntry result;
    result.name = fmt::format("msr_load[{}]", k);
    if (!json.is_object())
        throw InputError(fmt::format("{}: {} must be an object with index and data.", where, result.name));
    const auto part = [&](const char* name, std::uint64_t most) -> std::optional<std::uint64_t> {
        if (!json.contains(name)) return std::nullopt;
        const std::uint64_t value = json_number(json[name], where, result.name + "." + name);
        if (value > most)
            throw InputError(fmt::format("{}: {}.{} = {} does not fit 32 bits.", where, result.name, name, hex(value)));
        return value;
    };
    if (const auto index = part("index", 0xffffffff)) result.index = static_cast<std::uint32_t>(*index);
    if (const auto reserved = part("reserved", 0xffffffff)) result.reserved = static_cast<std::uint32_t>(*reserved);
    result.data = part("data", ~std::uint64_t{0});
    return result;
}

KnownState one(const State& state, const Json& json, const std::string& where) {
    if (!json.is_object() || json_text(json, "format", "", where) != "vmxspec-state")
        throw InputError(fmt::format("{}: this JSON is no state; its \"format\" must be \"vmxspec-state\".", where));
    KnownState result{state};
    result.name = json_text(json, "name", "state", where);
    result.processor = json_text(json, "processor", "", where);
    const auto leaf = [&](const std::string& name) {
        const std::size_t* n = state.find(name);
        if (n == nullptr) throw InputError(fmt::format("{}: no field is named {}.", where, name));
        return *n;
    };
    const auto placed = [&](auto change) {
        try {
            change();
        } catch (const InputError& error) {
            if (std::string_view{error.what()}.starts_with(where)) throw;
            throw InputError(fmt::format("{}: {}", where, error.what()));
        }
    };
    const Json fields = json_object(json, "fields", where);
    for (const auto& [name, value] : fields.items())
        placed([&, &key = name, &number = value] {
            result.set(leaf(key), json_number(number, where, key), Standing::given);
        });
    const Json absent = json.value("absent", Json::array());
    if (!absent.is_array()) throw InputError(fmt::format("{}: \"absent\" must list names.", where));
    for (const Json& name : absent) {
        if (!name.is_string()) throw InputError(fmt::format("{}: \"absent\" must list names.", where));
        placed([&] { result.set_absent(leaf(name.get<std::string>())); });
    }
    const Json area = json.value("msr_load", Json::array());
    if (!area.is_array()) throw InputError(fmt::format("{}: \"msr_load\" must be an array.", where));
    for (std::size_t k = 0; k < area.size(); ++k) result.entry_msr_load.push_back(entry(area[k], k, where));
    return result;
}

/// JSON keeps one of two equal keys silently; a field that is given twice must be told.
void refuse_double_keys(std::string_view text, const std::string& where) {
    std::vector<std::map<std::string, std::string>> open;
    std::string key;
    const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) open.emplace_back();
        if (event == Json::parse_event_t::object_end) open.pop_back();
        if (event == Json::parse_event_t::key && !open.back().emplace(parsed.get<std::string>(), "").second)
            throw InputError(
                fmt::format("{}: {} is given twice; keep the right one.", where, parsed.get<std::string>()));
        return true;
    };
    try {
        const Json ignored = Json::parse(text, watch);
    } catch (const Json::parse_error&) {
        (void)json_document(text, where);  // says where it breaks
    }
}

bool recognises(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && (text[first] == '{' || text[first] == '[') &&
           (text.find("vmxspec-state") != std::string_view::npos || text[first] == '{');
}

std::vector<KnownState> read(const State& state, std::string_view text, const std::string& where) {
    refuse_double_keys(text, where);
    const Json json = json_document(text, where);
    std::vector<KnownState> result;
    if (json.is_array()) {
        for (const Json& element : json) result.push_back(one(state, element, where));
    } else {
        result.push_back(one(state, json, where));
    }
    if (result.empty()) throw InputError(fmt::format("{}: the array holds no state.", where));
    return result;
}

}  // namespace

const Reader json_reader{"json", "the project's own {\"format\": \"vmxspec-state\", ...}", recognises, read};

}  // namespace vmxspec::query
