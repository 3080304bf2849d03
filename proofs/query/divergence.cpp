#include "proofs/query/divergence.hpp"

#include "proofs/query/assumptions.hpp"
#include "proofs/query/question.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/state/json_value.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmxspec::query {

namespace {

constexpr const char* any = "any";

std::regex pattern(const nlohmann::json& row, const char* member, const std::string& where) {
    const std::string text = json_text(row, member, "", where);
    try {
        return std::regex{text};
    } catch (const std::regex_error&) {
        throw InputError(fmt::format("{}: \"{}\" is no regular expression.", where, text));
    }
}

}  // namespace

std::vector<Divergence> parse_divergences(Specification& spec, std::string_view text, const std::string& where) {
    Vocabulary names{spec};
    const nlohmann::json document = json_document(text, where);
    if (json_text(document, "format", "", where) != "vmxspec-divergences" || !document["divergences"].is_array())
        throw InputError(
            fmt::format("{} is no list of divergences: its \"format\" is not \"vmxspec-divergences\".", where));
    std::vector<Divergence> list;
    for (const nlohmann::json& row : document["divergences"]) {
        const std::string condition = json_text(row, "where", "", where);
        const std::string rule = json_text(row, "rule", "", where);
        if (!rule.empty() && rule != any && spec.find(rule) == nullptr)
            throw InputError(fmt::format("{}: no rule is named {}.", where, rule));
        Divergence one{rule,
                       rule == any,
                       pattern(row, "seen", where),
                       pattern(row, "vector", where),
                       row.contains("after") ? std::optional{pattern(row, "after", where)} : std::nullopt,
                       condition.empty() ? constant(spec.graph, true) : parse_question(spec, names, condition, where),
                       json_text(row, "manual", "", where),
                       json_text(row, "machine", "", where),
                       json_text(row, "evidence", "", where)};
        if (one.manual.empty() || one.machine.empty() || one.evidence.empty())
            throw InputError(fmt::format("{}: a divergence needs \"manual\", \"machine\" and \"evidence\".", where));
        list.push_back(std::move(one));
    }
    return list;
}

Divergence* explain(const Specification& spec, std::vector<Divergence>& known, const TraceEntry& entry,
                    const Comparison& comparison) {
    if (!comparison.predicted_right) return nullptr;
    const std::vector<Finding>& violated = comparison.judgement.violated;
    const std::string rule = violated.empty() ? "" : violated.front().rule->id;
    const std::string seen = to_text(entry.observed);
    KnownState state = entry.state;
    assume_usual_entry(state);
    const Evaluation evaluation{spec.graph, state.values()};
    const auto is_about = [&](const Divergence& one) {
        return (one.any_rule || one.rule == rule) && std::regex_search(seen, one.seen) &&
               std::regex_search(entry.id, one.vector) && evaluation.truth(one.where.id()) == true;
    };
    const auto find = [&](const auto& matches) {
        const auto found =
            std::ranges::find_if(known, [&](const Divergence& one) { return matches(one) && is_about(one); });
        if (found != known.end()) ++found->count;
        return found == known.end() ? nullptr : &*found;
    };
    if (comparison.loaded.empty()) return find([](const Divergence& one) { return !one.after; });
    Divergence* found = nullptr;
    for (const std::string& difference : comparison.loaded) {
        found = find([&](const Divergence& one) { return one.after && std::regex_search(difference, *one.after); });
        if (found == nullptr) return nullptr;
    }
    return found;
}

}  // namespace vmxspec::query
