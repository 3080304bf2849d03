#include "proofs/query/rule_list.hpp"

#include "proofs/query/judgement.hpp"

namespace vmxspec::query {

std::vector<const Rule*> all_rules(const Specification& spec) {
    std::vector<const Rule*> list;
    for (const Rule& rule : spec.rules)
        if (rule.kind == RuleKind::check) list.push_back(&rule);
    for (const Rule& rule : spec.msr_load.rules) list.push_back(&rule);
    for (const Rule& rule : spec.rules)
        if (rule.kind != RuleKind::check) list.push_back(&rule);
    for (const Rule& rule : spec.exit_rules) list.push_back(&rule);
    return list;
}

std::string outcome_text(const Rule& rule) {
    std::string text;
    for (Outcome outcome : rule.outcomes) {
        text += text.empty() ? "" : "; or ";
        if (outcome.channel == Channel::entry_failure && outcome.number == 34) {
            text += "VM-entry failure due to MSR loading: exit reason 80000022H, qualification = number of the entry";
        } else {
            text += to_text(outcome);
        }
    }
    if (rule.kind == RuleKind::consequence) return "cannot be: it follows from the checks before";
    return text.empty() ? "none: the entry does not fail by it" : text;
}

}  // namespace vmxspec::query
