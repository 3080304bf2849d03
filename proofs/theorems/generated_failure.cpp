// A VM entry of L1's that fails tells L1 what the manual says of it, on the processor that L1 sees. First: the
// generated checks answer for each rule as the manual does (judged/). Then, whatever the answers are, the choice of
// what L1 is told is one that the manual allows (failure/): it is the generated code that the hypervisor compiles, run
// in all ways that it can go.
#include "proofs/theorems/nested_translation.hpp"
#include "proofs/theorems/symbolic_state.hpp"

#include "vmxspec/generated/entry_inputs.hpp"
#include "vmxspec/generated/entry_load.hpp"
#include "vmxspec/generated/nested_translation.hpp"

#include <array>
#include <map>

namespace vmxspec::proofs {

namespace {

namespace code = generated;
using nested::Translation;

/// VMCS12, L1 and the processor that L1 sees, as `offer` of hv/nested/nested.cpp makes them.
code::Vmcs12<SymbolicWord> seen_by_l1(Specification& spec) {
    auto s = symbolic_by_name<code::Vmcs12<SymbolicWord>>(spec);
    const auto l0 = symbolic_by_name<code::Level0<SymbolicWord>>(spec);
    code::each_msr(s, [&](std::uint32_t index, SymbolicWord& member) {
        code::offered::each_msr(
            l0, [&](std::uint32_t offered, const SymbolicWord& value) { member = offered == index ? value : member; });
    });
    s.trait_unchanged_pdptes_unchecked = SymbolicTruth{false};  // L0 looks at the PDPTEs itself, always
    return s;
}

/// One way through the choice: the answers by which it goes this way, and the rule that it ends with.
template <class Rule>
struct Way {
    Bool taken;
    Rule chosen;
};

/// All ways through choose(kept), code that asks kept(rule) of some rules. Throws std::logic_error where they are more
/// than a choice of one of so many rules can have.
template <class Rule, class Choose, class Kept>
std::vector<Way<Rule>> ways(Graph& graph, std::size_t rules, Choose choose, Kept kept) {
    std::vector<Way<Rule>> all;
    std::vector<bool> answers;  // of the way before; the next one gives another last answer
    do {
        std::size_t asked = 0;
        Bool taken = constant(graph, true);
        const Rule chosen = choose([&](Rule rule) {
            if (asked == answers.size()) answers.push_back(true);
            const bool answer = answers[asked++];
            taken = taken && (answer ? kept(rule) : !kept(rule));
            return answer;
        });
        all.push_back({taken, chosen});
        if (all.size() > rules + 1) throw std::logic_error("the choice goes on behind a broken rule");
        while (!answers.empty() && !answers.back()) answers.pop_back();
        if (!answers.empty()) answers.back() = false;
    } while (!answers.empty());
    return all;
}

std::string id_of(code::Rule rule) { return code::rule_information[static_cast<std::size_t>(rule)].id; }

std::vector<Way<code::Rule>> ways_of_entry(Specification& spec) {
    code::RuleSet all;
    for (std::size_t n = 0; n < code::rule_count; ++n) all.insert(static_cast<code::Rule>(n));
    return ways<code::Rule>(
        spec.graph, code::rule_count, [&](auto ask) { return code::first_not_kept(all, ask); },
        [&](code::Rule rule) { return answer(spec, *spec.find(id_of(rule))); });
}

/// What L1 is told of a broken rule: the outcome that the manual names first (hv/check/rule_table.hpp).
Outcome told_of(code::Rule rule) {
    const code::Outcome& first = code::rule_information[static_cast<std::size_t>(rule)].outcomes[0];
    return {static_cast<Channel>(first.channel), first.number, first.qualification};
}

bool is_check(const Rule& rule) { return rule.kind == RuleKind::check && rule.stage <= Stage::guest; }

/// The manual allows this outcome: of the first stage that has broken rules, one that is broken has it.
Bool allowed(Specification& spec, const Outcome& outcome) {
    Bool any = constant(spec.graph, false);
    Bool passed = constant(spec.graph, true);
    for (const Stage stage : {Stage::basic, Stage::control_and_host, Stage::guest}) {
        Bool of_stage = constant(spec.graph, false), passes = constant(spec.graph, true);
        for (const Rule& rule : spec.rules) {
            if (!is_check(rule) || rule.stage != stage) continue;
            passes = passes && answer(spec, rule);
            if (std::ranges::count(rule.outcomes, outcome) != 0) of_stage = of_stage || !answer(spec, rule);
        }
        any = any || (passed && of_stage);
        passed = passed && passes;
    }
    return any;
}

std::string name_of(const Outcome& outcome) {
    constexpr std::array kinds{"ud", "gp", "vm-exit", "vmfail-invalid", "vmfail-valid", "entry-failure"};
    return std::string{kinds.at(static_cast<std::size_t>(outcome.channel))} + "-" + std::to_string(outcome.number) +
           "-" + std::to_string(outcome.qualification);
}

Theorem always(const std::string& name, const std::string& statement, Bool claim) {
    return {"translation/" + name, statement, Form::always, {}, claim, Verdict::proven, {}};
}

/// The generated checks, on the processor that L1 sees.
std::vector<Theorem> judged(Specification& spec, const Translation& t, const code::Vmcs12<SymbolicWord>& s) {
    std::vector<Theorem> theorems;
    for (std::size_t n = 0; n < code::rule_count; ++n) {
        const auto rule = static_cast<code::Rule>(n);
        theorems.push_back(always("judged/" + id_of(rule),
                                  "L1 is judged by " + id_of(rule) + " of the processor that it sees",
                                  code::is_kept(rule, s).in(spec.graph) == t.as_l1(spec.find(id_of(rule))->condition)));
    }
    return theorems;
}

/// 29.1 to 29.3: which VM entries fail, and what L1 is told of those.
std::vector<Theorem> of_checks(Specification& spec) {
    Bool passes = constant(spec.graph, false), all = constant(spec.graph, true);
    std::map<Outcome, Bool> told;
    for (const Way<code::Rule>& way : ways_of_entry(spec)) {
        const bool none = way.chosen == code::Rule::none;
        Bool& taken = none ? passes : told.try_emplace(told_of(way.chosen), constant(spec.graph, false)).first->second;
        taken = taken || way.taken;
    }
    for (const Rule& rule : spec.rules)
        if (is_check(rule)) all = all && answer(spec, rule);
    std::vector<Theorem> theorems{
        always("failure/none", "a VM entry is made if and only if VMCS12 passes 29.1 to 29.3", passes == all)};
    for (const auto& [outcome, when] : told)
        theorems.push_back(always("failure/" + name_of(outcome),
                                  "a VM entry of L1's fails so only where the manual allows it",
                                  when >> allowed(spec, outcome)));
    return theorems;
}

/// 29.4, an entry of the MSR-load area: its number is the qualification.
std::vector<Theorem> of_area(Specification& spec, const Translation& t, const code::Vmcs12<SymbolicWord>& s) {
    const auto entry = symbolic_by_name<code::MsrEntryState<SymbolicWord>>(spec);
    Bool passes = constant(spec.graph, false);
    for (const auto& way : ways<code::MsrRule>(
             spec.graph, code::msr_rule_count, [](auto ask) { return code::first_msr_rule_not_kept(ask); },
             [&](code::MsrRule rule) { return code::is_kept(rule, s, entry).in(spec.graph); }))
        if (way.chosen == code::MsrRule::none) passes = passes || way.taken;
    return {always("failure/msr-load", "an entry of the VM-entry MSR-load area fails if and only if 29.4 has it fail",
                   passes == t.as_l1(spec.msr_load.accepted)),
            always("failure/msr-load-efer", "and if it does not, IA32_EFER is for the next one what 29.4 makes it",
                   code::efer_after(s, entry).in(spec.graph) == t.as_l1(spec.msr_load.efer_after))};
}

}  // namespace

std::vector<Theorem> nested_failure_theorems(Specification& spec) {
    const Translation t{spec};
    const auto s = seen_by_l1(spec);
    std::vector<Theorem> theorems = judged(spec, t, s);
    std::ranges::move(of_checks(spec), std::back_inserter(theorems));
    std::ranges::move(of_area(spec, t, s), std::back_inserter(theorems));
    theorems.push_back(nested_entry_theorem(spec));
    return theorems;
}

}  // namespace vmxspec::proofs
