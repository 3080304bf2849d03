#include "proofs/validation/unexercised.hpp"

#include "proofs/state/input_error.hpp"
#include "proofs/state/json_value.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmxspec::validation {

using vectors::LeftOut;

Unexercised::Unexercised(const Specification& spec, std::string_view json, const std::string& where) {
    const nlohmann::json document = json_document(json, where);
    if (json_text(document, "format", "", where) != "vmxspec-unexercised" || !document["checks"].is_array())
        throw InputError(
            fmt::format("{} is no list of unexercised checks: its \"format\" is not \"vmxspec-unexercised\".", where));
    try {
        for (const nlohmann::json& row : document["checks"]) {
            Row one{{}, row.at("reason")};
            if (row.at("models") != "all") one.models = row.at("models").get<std::vector<std::string>>();
            for (const std::string rule : row.at("rules")) {
                if (spec.find(rule) == nullptr) throw InputError(fmt::format("{}: no rule is named {}.", where, rule));
                rows_.emplace(rule, one);
            }
        }
    } catch (const nlohmann::json::exception& error) {
        throw InputError(fmt::format("{} is damaged: {}.", where, error.what()));
    }
}

const std::string* Unexercised::reason(const std::string& rule, const std::string& model) const {
    const auto [first, last] = rows_.equal_range(rule);
    for (auto row = first; row != last; ++row) {
        const std::vector<std::string>& models = row->second.models;
        if (models.empty() || std::ranges::find(models, model) != models.end()) return &row->second.reason;
    }
    return nullptr;
}

std::vector<Exercising> exercising(const Result& result, const Unexercised& list) {
    std::vector<Exercising> all;
    for (const auto& [rule, tally] : result.rules) {
        const auto left_out = [&, id = rule](bool keeping) -> const LeftOut* {
            for (const LeftOut& one : result.set.left_out)
                if (one.rule == id && one.keeping == keeping) return &one;
            return nullptr;
        };
        const auto proven = [](const LeftOut* one) {
            return one != nullptr && one->kind != LeftOut::Kind::unsafe && !one->by_probe;
        };
        const std::string* listed = list.reason(rule, result.model);
        Exercising one{rule, Exercised::yes, {}};
        for (const bool keeping : {false, true}) {
            const LeftOut* why = left_out(keeping);
            const bool done = (keeping ? tally.kept : tally.broken) != 0;
            const char* missing = keeping ? "no VM entry keeps it where it applies" : "no VM entry breaks it";
            if (done && proven(why) && why->kind == LeftOut::Kind::never) {
                one = {rule, Exercised::stale, fmt::format("though it is proven that {}: {}", missing, why->reason)};
            } else if (!done && proven(why)) {
                if (one.how == Exercised::yes)
                    one = {rule, Exercised::impossible, fmt::format("{}: {}", missing, why->reason)};
            } else if (!done && listed == nullptr && one.how != Exercised::stale) {
                one = {rule, Exercised::no, why == nullptr ? missing : fmt::format("{}: {}", missing, why->reason)};
            } else if (!done && listed != nullptr && one.how != Exercised::stale) {
                one = {rule, Exercised::listed, *listed};
            }
        }
        if (listed != nullptr && one.how == Exercised::yes)
            one = {rule, Exercised::stale, fmt::format("it is listed without need: {}", *listed)};
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace vmxspec::validation
