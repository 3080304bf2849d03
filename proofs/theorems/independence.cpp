// Each rule adds something: some VM entry breaks it and keeps all others, or named others imply it.
#include "proofs/theorems/implied.hpp"
#include "proofs/theorems/theorem.hpp"
#include "spec/state/architecture.hpp"

#include <algorithm>
#include <stdexcept>

namespace vmxspec::proofs {

namespace {

/// All checks of 29.1 to 29.4, those of 29.4 for one entry of the area.
std::vector<const Rule*> checks(const Specification& spec) {
    std::vector<const Rule*> list;
    for (const RuleTable* table : spec.entry_tables())
        for (const Rule& rule : *table)
            if (rule.kind == RuleKind::check) list.push_back(&rule);
    return list;
}

Theorem alone(const Specification& spec, const std::vector<const Rule*>& all, const Rule& broken) {
    Theorem theorem{"alone/" + broken.id,
                    "some VM entry breaks " + broken.id + " and keeps all other rules",
                    Form::possible,
                    {consistent_processor(spec.state), consistent_mode(spec.state)},
                    !broken.condition,
                    Verdict::proven,
                    {}};
    for (const Rule* other : all)
        if (other != &broken) theorem.given.push_back(other->condition);
    return theorem;
}

Theorem implied(const Specification& spec, const Rule& rule, const Implied& row) {
    Theorem theorem{"implied/" + rule.id,
                    std::string{row.by} + " imply " + rule.id + ": " + std::string{row.why},
                    Form::always,
                    {consistent_processor(spec.state), consistent_mode(spec.state)},
                    rule.condition,
                    Verdict::proven,
                    {}};
    for (std::string_view rest = row.by; !rest.empty();) {
        const std::string_view id = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), id.size() + 1));
        const Rule* by = spec.find(id);
        if (by == nullptr) throw std::logic_error("no rule is named " + std::string{id});
        theorem.given.push_back(by->condition);
    }
    return theorem;
}

}  // namespace

std::vector<Theorem> independence_theorems(Specification& spec) {
    std::vector<Theorem> theorems;
    const std::vector<const Rule*> all = checks(spec);
    for (const Rule* rule : all) {
        const auto row = std::ranges::find(implied_rules(), std::string_view{rule->id}, &Implied::rule);
        theorems.push_back(row == implied_rules().end() ? alone(spec, all, *rule) : implied(spec, *rule, *row));
    }
    return theorems;
}

}  // namespace vmxspec::proofs
