#include "proofs/catalogue/applicability.hpp"

#include "proofs/catalogue/example.hpp"

#include <array>

namespace vmxspec::catalogue {

using smt::Satisfiability;

Processor::Processor(Specification& spec, const Profile& profile)
    : spec_{spec}, solver_{spec.graph, {.propositional = true}} {
    solver_.require(is_processor(spec.state, profile));
    for (const Bool one : consistency(spec)) solver_.require(one);
}

Applicability Processor::operator()(const Rule& rule) {
    const std::vector<const Rule*> others = other_checks(spec_, rule);
    std::vector<Bool> rules{!rule.condition};
    for (const Rule* other : others) rules.push_back(other->condition);
    switch (solver_.check(rules)) {
        case Satisfiability::satisfiable: return {Breakable::alone, {}};
        case Satisfiability::unknown: return {};
        case Satisfiability::unsatisfiable: break;
    }
    // The contradiction without what it does not need.
    std::vector<std::size_t> core = solver_.contradiction();
    std::erase(core, std::size_t{0});
    for (std::size_t k = core.size(); k-- > 0;) {
        std::vector<Bool> fewer{rules[0]};
        for (std::size_t n = 0; n < core.size(); ++n)
            if (n != k) fewer.push_back(rules[core[n]]);
        const Satisfiability answer = solver_.check(fewer);
        if (answer == Satisfiability::unknown) return {};
        if (answer == Satisfiability::unsatisfiable) core.erase(core.begin() + static_cast<std::ptrdiff_t>(k));
    }
    if (core.empty()) return {Breakable::never, {}};
    Applicability result{Breakable::with_others, {}};
    for (const std::size_t place : core) result.with.push_back(others[place - 1]);
    return result;
}

}  // namespace vmxspec::catalogue
