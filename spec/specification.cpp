#include "spec/specification.hpp"

#include "spec/entry/entry.hpp"

namespace vmxspec {

namespace {

/// SDM volume 3D, A.6: the recommended maximum of an MSR area is 512 * (N + 1), N in IA32_VMX_MISC[27:25].
void msr_count(RuleTable& table, const State& s) {
    const Bits<32> maximum = (extend<32>(s.capability.misc.msr_list) + 1) << 9;
    table.section(Stage::msr_load, {"27.8.2", "VM-Entry Controls for MSRs"}, {});
    table.advice(
        "msr-load.count", s.control.entry_msr_load_count <= maximum,
        "More entries than the recommended maximum may lead to unpredictable behaviour; the entry does not fail.");
}

RuleTable all_rules(const State& s) {
    RuleTable table;
    entry::all(table, s);
    msr_count(table, s);
    return table;
}

Bool all_checks(const RuleTable& table, Graph& graph) {
    Bool all = constant(graph, true);
    for (const Rule& rule : table)
        if (rule.kind == RuleKind::check) all = all && rule.condition;
    return all;
}

}  // namespace

Specification::Specification()
    : rules{all_rules(state)},
      loaded{load::registers(state)},
      msr_load{load::msr_load(state, loaded)},
      checks_pass{all_checks(rules, graph)},
      machine{machine::transitions(state, rules)},
      after_entry{load::after_entry(state, loaded)},
      host{load::host_registers(state)},
      after_exit{load::after_exit(state, host)},
      after_failure{load::after_failure(state, after_entry, after_exit)},
      exit_rules{load::exit_rules(state, host)} {
    load::failure_rules(exit_rules, state, after_failure);
}

Bool Specification::holds(Stage stage) const {
    Bool all = constant(state.graph(), true);
    for (const RuleTable* table : entry_tables())
        for (const Rule& rule : *table)
            if (rule.kind == RuleKind::check && rule.stage == stage) all = all && rule.condition;
    return all;
}

const Rule* Specification::find(std::string_view id) const {
    for (const RuleTable* table : tables())
        if (const Rule* rule = table->find(id)) return rule;
    return nullptr;
}

}  // namespace vmxspec
