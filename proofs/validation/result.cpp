#include "proofs/validation/result.hpp"

#include "proofs/state/input_error.hpp"
#include "proofs/state/json_value.hpp"

#include <fmt/format.h>

namespace vmxspec::validation {

namespace {

constexpr const char* format = "vmxspec-validation";

}  // namespace

nlohmann::ordered_json to_json(const Result& result) {
    using nlohmann::ordered_json;
    ordered_json json{{"format", format},
                      {"processor", result.processor},
                      {"model", result.model},
                      {"version", result.version},
                      {"knowledge", result.knowledge},
                      {"set", to_json(result.set)},
                      {"entries", result.entries},
                      {"predicted", result.predicted},
                      {"agree", result.agree},
                      {"known", result.known},
                      {"open", result.open},
                      {"undecided", result.undecided},
                      {"not_tried", result.not_tried},
                      {"rules", ordered_json::object()},
                      {"differences", ordered_json::array()},
                      {"divergences", ordered_json::array()}};
    for (const auto& [id, one] : result.rules)
        json["rules"][id] = {{"broken", one.broken}, {"kept", one.kept}, {"known", one.known}, {"open", one.open}};
    for (const OpenDifferences& one : result.differences)
        json["differences"].push_back({{"rule", one.rule},
                                       {"seen", one.seen},
                                       {"difference", one.difference},
                                       {"count", one.count},
                                       {"samples", one.samples}});
    for (const SeenDivergence& one : result.divergences)
        json["divergences"].push_back({{"rule", one.rule},
                                       {"manual", one.manual},
                                       {"machine", one.machine},
                                       {"evidence", one.evidence},
                                       {"concerns", one.concerns},
                                       {"count", one.count},
                                       {"shown", one.shown}});
    return json;
}

Result parse_result(std::string_view text, const std::string& where) {
    const nlohmann::json json = json_document(text, where);
    if (json_text(json, "format", "", where) != format)
        throw InputError(
            fmt::format("{} is no result of vmxspec validate: its \"format\" is not \"{}\".", where, format));
    try {
        Result result;
        result.processor = json.at("processor");
        result.model = json.at("model");
        result.version = json.at("version");
        result.knowledge = json.at("knowledge");
        result.set = vectors::vector_set(json.at("set"), where);
        result.entries = json.at("entries");
        result.predicted = json.at("predicted");
        result.agree = json.at("agree");
        result.known = json.at("known");
        result.open = json.at("open");
        result.undecided = json.at("undecided");
        result.not_tried = json.at("not_tried");
        for (const auto& [id, one] : json.at("rules").items())
            result.rules[id] = {one.at("broken"), one.at("kept"), one.at("known"), one.at("open")};
        for (const nlohmann::json& one : json.at("differences"))
            result.differences.push_back(
                {one.at("rule"), one.at("seen"), one.at("difference"), one.at("count"), one.at("samples")});
        for (const nlohmann::json& one : json.at("divergences"))
            result.divergences.push_back({one.at("rule"), one.at("manual"), one.at("machine"), one.at("evidence"),
                                          one.at("concerns"), one.at("count"), one.at("shown")});
        return result;
    } catch (const nlohmann::json::exception& error) {
        throw InputError(fmt::format("{} is damaged: {}.", where, error.what()));
    }
}

}  // namespace vmxspec::validation
