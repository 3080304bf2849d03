#include "proofs/query/divergence.hpp"

#include "proofs/query/assumptions.hpp"
#include "proofs/query/pattern.hpp"
#include "proofs/query/question.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/state/json_value.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmxspec::query {

namespace {

constexpr const char* any = "any";
constexpr const char* all = "all";

/// "all", for which the list is empty, or a list of models.
std::vector<std::string> models(const nlohmann::json& row, const std::string& where) {
    std::vector<std::string> list;
    if (!row.contains("models") || row["models"] == all) return list;
    for (const nlohmann::json& one : row["models"])
        if (one.is_string()) list.push_back(one);
    if (list.empty()) throw InputError(fmt::format("{}: \"models\" is neither \"all\" nor a list of models.", where));
    return list;
}

/// Whether what the emulator said is what the divergence is known by.
bool says(const Divergence& divergence, const Trace& trace, const TraceEntry& entry) {
    if (trace.version.empty() || entry.said.empty()) return true;
    return divergence.said && std::ranges::any_of(entry.said, [&](const std::string& said) {
               return std::regex_search(said, *divergence.said);
           });
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
        Divergence one{json_text(row, "version", "", where),
                       models(row, where),
                       rule,
                       rule == any,
                       pattern(row, "seen", where),
                       row.contains("said") ? std::optional{pattern(row, "said", where)} : std::nullopt,
                       pattern(row, "vector", where),
                       row.contains("after") ? std::optional{pattern(row, "after", where)} : std::nullopt,
                       condition.empty() ? constant(spec.graph, true) : parse_question(spec, names, condition, where),
                       json_text(row, "manual", "", where),
                       json_text(row, "machine", "", where),
                       json_text(row, "evidence", "", where)};
        for (const std::string* needed : {&one.version, &one.manual, &one.machine, &one.evidence})
            if (needed->empty())
                throw InputError(fmt::format(
                    "{}: a divergence needs \"version\", \"manual\", \"machine\" and \"evidence\".", where));
        list.push_back(std::move(one));
    }
    return list;
}

bool concerns(const Divergence& divergence, const Trace& trace) {
    if (trace.version.empty()) return true;
    return divergence.version == trace.version &&
           (divergence.models.empty() || std::ranges::find(divergence.models, trace.model) != divergence.models.end());
}

Divergence* explain(const Specification& spec, std::vector<Divergence>& known, const Trace& trace,
                    const TraceEntry& entry, const Comparison& comparison) {
    if (!comparison.predicted_right) return nullptr;
    const std::vector<Finding>& violated = comparison.judgement.violated;
    const std::string rule = violated.empty() ? "" : violated.front().rule->id;
    const std::string seen = to_text(entry.observed);
    KnownState state = entry.state;
    assume_usual_entry(state);
    const Evaluation evaluation{spec.graph, state.values()};
    const auto is_about = [&](const Divergence& one) {
        return concerns(one, trace) && (one.any_rule || one.rule == rule) && std::regex_search(seen, one.seen) &&
               std::regex_search(entry.id, one.vector) && (one.after || says(one, trace, entry)) &&
               evaluation.truth(one.where.id()) == true;
    };
    const auto find = [&](const auto& matches) -> Divergence* {
        const auto found =
            std::ranges::find_if(known, [&](const Divergence& one) { return matches(one) && is_about(one); });
        if (found == known.end()) return nullptr;
        ++found->count;
        found->shown = found->shown || entry.id == found->evidence;
        return &*found;
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
