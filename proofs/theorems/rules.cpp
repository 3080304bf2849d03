// Each rule can hold and can fail: no rule is vacuous, none contradicts the architecture.
#include "proofs/theorems/theorem.hpp"
#include "spec/state/architecture.hpp"

namespace vmxspec::proofs {

std::vector<Theorem> rule_theorems(Specification& spec) {
    const std::vector<Bool> given{consistent_processor(spec.state), consistent_mode(spec.state)};
    std::vector<Theorem> theorems;
    for (const RuleTable* table : spec.entry_tables()) {
        for (const Rule& rule : *table) {
            if (rule.kind == RuleKind::procedure) continue;
            theorems.push_back({"rule/" + rule.id + "/can-hold",
                                "some entry keeps " + rule.id,
                                Form::possible,
                                given,
                                rule.condition,
                                Verdict::proven,
                                {},
                                {}});
            theorems.push_back({"rule/" + rule.id + "/can-fail",
                                "some entry breaks " + rule.id,
                                Form::possible,
                                given,
                                !rule.condition,
                                Verdict::proven,
                                {},
                                {}});
        }
    }
    return theorems;
}

}  // namespace vmxspec::proofs
