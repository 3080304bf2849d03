#include "proofs/validation/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmxspec::validation {

namespace {

using nlohmann::ordered_json;

/// A check on one machine. What the machine did counts before what was not tried.
ordered_json cell(const Result& result, const Exercising& exercising, const RuleTally& tally) {
    if (tally.open != 0)
        return {{"how", "open"}, {"why", fmt::format("{} of {} entries that break it", tally.open, tally.broken)}};
    if (tally.known != 0) {
        std::string why = fmt::format("{} of {} entries that break it.", tally.known, tally.broken);
        for (const SeenDivergence& one : result.divergences)
            if (one.rule == exercising.rule && one.count != 0) why += ' ' + one.machine;
        return {{"how", "diverges"}, {"why", why}};
    }
    switch (exercising.how) {
        case Exercised::impossible: return {{"how", "impossible"}, {"why", exercising.reason}};
        case Exercised::listed:
        case Exercised::no: return {{"how", "untried"}, {"why", exercising.reason}};
        case Exercised::yes:
        case Exercised::stale: break;
    }
    return {{"how", "agrees"}, {"why", fmt::format("{} entries break it, {} keep it", tally.broken, tally.kept)}};
}

}  // namespace

ordered_json table(const Specification& spec, const std::vector<Result>& results, const Unexercised& list) {
    ordered_json json{{"format", "vmxspec-validation-table"},
                      {"machines", ordered_json::array()},
                      {"rules", ordered_json::array()},
                      {"divergences", ordered_json::array()}};
    std::vector<std::vector<Exercising>> exercised;
    for (const Result& one : results) {
        exercised.push_back(exercising(one, list));
        json["machines"].push_back({{"model", one.model.empty() ? one.processor : one.model},
                                    {"version", one.version},
                                    {"whole", one.set.whole},
                                    {"entries", one.entries},
                                    {"agree", one.agree},
                                    {"known", one.known},
                                    {"open", one.open},
                                    {"undecided", one.undecided}});
    }
    for (const RuleTable* rules : spec.entry_tables())
        for (const Rule& rule : *rules) {
            if (rule.kind != RuleKind::check) continue;
            ordered_json row{{"id", rule.id}, {"section", rule.citation.section}, {"cells", ordered_json::array()}};
            for (std::size_t n = 0; n < results.size(); ++n) {
                const auto found = std::ranges::find(exercised[n], rule.id, &Exercising::rule);
                const auto tally = results[n].rules.find(rule.id);
                row["cells"].push_back(found == exercised[n].end() || tally == results[n].rules.end()
                                           ? ordered_json{{"how", "untried"}, {"why", "a rule that it did not have"}}
                                           : cell(results[n], *found, tally->second));
            }
            json["rules"].push_back(row);
        }
    if (results.empty()) return json;
    for (std::size_t row = 0; row < results.front().divergences.size(); ++row) {
        const SeenDivergence& one = results.front().divergences[row];
        ordered_json counts = ordered_json::array();
        for (const Result& result : results)
            counts.push_back(row < result.divergences.size() ? result.divergences[row].count : 0);
        json["divergences"].push_back({{"rule", one.rule},
                                       {"manual", one.manual},
                                       {"machine", one.machine},
                                       {"evidence", one.evidence},
                                       {"counts", counts}});
    }
    return json;
}

}  // namespace vmxspec::validation
