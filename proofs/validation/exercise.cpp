#include "proofs/validation/exercise.hpp"

#include "proofs/query/premise.hpp"

namespace vmxspec::validation {

Exercise::Exercise(Specification& spec) : spec_{spec} {
    for (const RuleTable* table : spec.entry_tables())
        for (const Rule& rule : *table)
            if (rule.kind == RuleKind::check)
                (table == &spec.rules ? checks_ : msr_checks_)
                    .push_back({&rule, query::premise(spec.graph, rule.condition.id())});
}

std::map<std::string, RuleTally> Exercise::none() const {
    std::map<std::string, RuleTally> rules;
    for (const std::vector<Check>* list : {&checks_, &msr_checks_})
        for (const Check& check : *list) rules[check.rule->id] = {};
    return rules;
}

void Exercise::kept(std::map<std::string, RuleTally>& rules, std::span<const Check> checks,
                    const Evaluation& evaluation, std::optional<Stage> failing) const {
    for (const Check& check : checks) {
        if (failing && check.rule->stage >= *failing) continue;
        if (evaluation.truth(check.rule->condition.id()) == true && evaluation.truth(check.applies.id()) == true)
            ++rules[check.rule->id].kept;
    }
}

void Exercise::count(std::map<std::string, RuleTally>& rules, const KnownState& state,
                     const query::Judgement& judgement, std::size_t RuleTally::*also) const {
    const std::optional<Stage> failing = query::first_failing_stage(judgement);
    for (const query::Finding& finding : judgement.violated) {
        if (finding.rule->stage != *failing) continue;
        RuleTally& rule = rules[finding.rule->id];
        ++rule.broken;
        if (also != nullptr) ++(rule.*also);
    }
    kept(rules, checks_, Evaluation{spec_.graph, state.values()}, failing);
    if (failing && *failing < Stage::msr_load) return;
    for (std::size_t k = 0; k < judgement.efer.before.size() && k < state.entry_msr_load.size(); ++k) {
        const Evaluation evaluation{spec_.graph,
                                    query::with_entry(state, state.entry_msr_load[k], judgement.efer.before[k])};
        if (evaluation.truth(spec_.msr_load.accepted.id()) == true) kept(rules, msr_checks_, evaluation, std::nullopt);
    }
}

}  // namespace vmxspec::validation
