// Generated = spec for the C header: compiled with symbolic words, each of its functions computes what the
// specification says, for all inputs. States are filled through the header's own tables, so that these are right too.
#include "proofs/theorems/expected_member.hpp"
#include "proofs/theorems/symbolic_state.hpp"

#define VMXSPEC_WORD vmxspec::proofs::SymbolicWord
#define VMXSPEC_TRUTH vmxspec::proofs::SymbolicTruth
#define VMXSPEC_C(x) (vmxspec::proofs::SymbolicWord{x##ULL})
#define VMXSPEC_TRUTH_C(x) (vmxspec::proofs::SymbolicTruth{x})

namespace vmxspec::proofs {

// What the header's arithmetic is for symbolic words; found by the type of the arguments.
[[nodiscard]] static SymbolicWord vmxspec_select(const SymbolicTruth& condition, const SymbolicWord& then,
                                                 const SymbolicWord& otherwise) {
    return select(condition, then, otherwise);
}
[[nodiscard]] static SymbolicWord vmxspec_shift_left(const SymbolicWord& value, const SymbolicWord& distance) {
    return shift_left(value, distance);
}
[[nodiscard]] static SymbolicWord vmxspec_shift_right(const SymbolicWord& value, const SymbolicWord& distance) {
    return shift_right(value, distance);
}

}  // namespace vmxspec::proofs

#include "vmxspec/generated/vmxspec.h"

#include <iterator>

namespace vmxspec::proofs {

namespace {

using State = vmxspec_entry_state;
using EntryState = vmxspec_msr_entry_state;
using ExitState = vmxspec_exit_state;
using InstructionState = vmxspec_instruction_state;

Theorem same(const std::string& what, Bool claim) { return same_as_spec(what, claim, "generated-c"); }

void demand(bool of_this_specification, const char* what) {
    if (!of_this_specification)
        throw std::logic_error(std::string{"the generated C header belongs to another specification: "} + what);
}

void set_symbolic(Specification& spec, void* state, const vmxspec_leaf& leaf) {
    void* const member = static_cast<char*>(state) + leaf.offset;
    if (leaf.truth) {
        set_symbolic(spec, leaf.name, leaf.number, *static_cast<SymbolicTruth*>(member));
    } else {
        set_symbolic(spec, leaf.name, leaf.number, *static_cast<SymbolicWord*>(member));
    }
}

template <class Struct, std::size_t Count>
Struct symbolic(Specification& spec, const vmxspec_leaf (&table)[Count]) {
    Struct s;
    for (const vmxspec_leaf& leaf : table) set_symbolic(spec, &s, leaf);
    return s;
}

State symbolic_entry(Specification& spec) {
    State s;
    for (const vmxspec_leaf& leaf : vmxspec_vmcs_fields) {
        demand(spec.state.find_field(leaf.key) != nullptr && *spec.state.find_field(leaf.key) == leaf.number,
               leaf.name);
        set_symbolic(spec, &s, leaf);
    }
    for (const vmxspec_leaf& leaf : vmxspec_msrs) {
        demand(spec.state.find_msr(leaf.key) != nullptr && *spec.state.find_msr(leaf.key) == leaf.number, leaf.name);
        set_symbolic(spec, &s, leaf);
    }
    for (const vmxspec_cpuid_bits& bits : vmxspec_cpuid) {
        const CpuidPlace& place = spec.state.leaves().at(bits.leaf.number).cpuid;
        demand(place.leaf == bits.leaf.key && place.subleaf == bits.subleaf &&
                   static_cast<unsigned>(place.reg) == bits.reg && place.high == bits.high && place.low == bits.low,
               bits.leaf.name);
        set_symbolic(spec, &s, bits.leaf);
    }
    for (const vmxspec_leaf& leaf : vmxspec_others) set_symbolic(spec, &s, leaf);
    return s;
}

Theorem same_loads(Specification& spec, const std::string& table, const load::LoadRow& row,
                   const vmxspec_loaded& word) {
    return same(table + "/" + row.name,
                all_of({word.value.in(spec.graph) == row.value, word.defined.in(spec.graph) == row.defined,
                        word.kept.in(spec.graph) == row.kept}));
}

struct Check {
    vmxspec_rule rule;
    SymbolicTruth (*kept)(const State*);
};
struct MsrCheck {
    vmxspec_msr_rule rule;
    SymbolicTruth (*kept)(const State*, const EntryState*);
};
struct ExitCheck {
    const char* id;
    SymbolicTruth (*kept)(const State*, const ExitState*, const EntryState*);
};
template <class... States>
struct Load {
    const char* name;
    vmxspec_loaded (*loaded)(const States*...);
};
struct InstructionRow {
    vmxspec_instruction_row row;
    SymbolicTruth (*guard)(const InstructionState*);
    void (*effect)(const InstructionState*, InstructionState*);
};

// All functions of the header, as it lists them.
#define VMXSPEC_LIST(rule) {vmxspec_rule_##rule, vmxspec_check_##rule},
const Check checks[] = {VMXSPEC_EACH_RULE(VMXSPEC_LIST)};
#undef VMXSPEC_LIST
#define VMXSPEC_LIST(rule) {vmxspec_msr_rule_##rule, vmxspec_check_##rule},
const MsrCheck msr_checks[] = {VMXSPEC_EACH_MSR_RULE(VMXSPEC_LIST)};
#undef VMXSPEC_LIST
#define VMXSPEC_LIST(rule, id) {id, vmxspec_check_##rule},
const ExitCheck exit_checks[] = {VMXSPEC_EACH_EXIT_RULE(VMXSPEC_LIST)};
#undef VMXSPEC_LIST
#define VMXSPEC_LIST(row, name) {name, vmxspec_after_entry_##row},
const Load<State> after_entry[] = {VMXSPEC_EACH_AFTER_ENTRY(VMXSPEC_LIST)};
#undef VMXSPEC_LIST
#define VMXSPEC_LIST(row, name) {name, vmxspec_after_exit_##row},
const Load<State, ExitState> after_exit[] = {VMXSPEC_EACH_AFTER_EXIT(VMXSPEC_LIST)};
#undef VMXSPEC_LIST
#define VMXSPEC_LIST(row, name) {name, vmxspec_after_failure_##row},
const Load<State, ExitState> after_failure[] = {VMXSPEC_EACH_AFTER_FAILURE(VMXSPEC_LIST)};
#undef VMXSPEC_LIST
#define VMXSPEC_LIST(row) {vmxspec_row_##row, vmxspec_guard_##row, vmxspec_effect_##row},
const InstructionRow instruction_rows[] = {VMXSPEC_EACH_INSTRUCTION_ROW(VMXSPEC_LIST)};
#undef VMXSPEC_LIST

static_assert(std::size(checks) == VMXSPEC_RULE_COUNT && std::size(msr_checks) == VMXSPEC_MSR_RULE_COUNT);
static_assert(std::size(instruction_rows) == VMXSPEC_INSTRUCTION_ROW_COUNT);

void prove_checks(Specification& spec, const State& s, const EntryState& entry, std::vector<Theorem>& theorems) {
    for (const Check& check : checks) {
        const std::string id = vmxspec_rules[check.rule].id;
        theorems.push_back(same(id, check.kept(&s).in(spec.graph) == spec.find(id)->condition));
    }
    for (const MsrCheck& check : msr_checks) {
        const std::string id = vmxspec_msr_rules[check.rule].id;
        theorems.push_back(same(id, check.kept(&s, &entry).in(spec.graph) == spec.find(id)->condition));
    }
}

void prove_loads(Specification& spec, const State& s, const EntryState& entry, std::vector<Theorem>& theorems) {
    const auto x = symbolic<ExitState>(spec, vmxspec_exit_leaves);
    theorems.push_back(same("loaded CR0", vmxspec_loaded_cr0(&s).in(spec.graph) == spec.loaded.cr0));
    theorems.push_back(same("loaded CR4", vmxspec_loaded_cr4(&s).in(spec.graph) == spec.loaded.cr4));
    theorems.push_back(same("loaded IA32_EFER", vmxspec_loaded_efer(&s).in(spec.graph) == spec.loaded.efer));
    theorems.push_back(same("IA32_EFER after an MSR entry",
                            vmxspec_efer_after(&s, &entry).in(spec.graph) == spec.msr_load.efer_after));
    demand(std::size(after_entry) == spec.after_entry.size() && std::size(after_exit) == spec.after_exit.size() &&
               std::size(after_failure) == spec.after_failure.size(),
           "loads");
    for (const auto& [name, loaded] : after_entry)
        theorems.push_back(same_loads(spec, "after-entry", spec.after_entry[name], loaded(&s)));
    for (const auto& [name, loaded] : after_exit)
        theorems.push_back(same_loads(spec, "after-exit", spec.after_exit[name], loaded(&s, &x)));
    for (const auto& [name, loaded] : after_failure)
        theorems.push_back(same_loads(spec, "after-failure", spec.after_failure[name], loaded(&s, &x)));
    for (const auto& [id, kept] : exit_checks)
        theorems.push_back(same(id, kept(&s, &x, &entry).in(spec.graph) == spec.find(id)->condition));
}

void prove_instructions(Specification& spec, std::vector<Theorem>& theorems) {
    const auto s = symbolic<InstructionState>(spec, vmxspec_instruction_leaves);
    for (const InstructionRow& row : instruction_rows) {
        const auto& told = vmxspec_instruction_rows[row.row];
        const machine::Transition* transition = spec.machine.find(told.id);
        demand(transition != nullptr && told.number == transition->number &&
                   static_cast<int>(told.ending) == static_cast<int>(transition->ending),
               told.id);
        theorems.push_back(same(std::string{told.id} + "/guard", row.guard(&s).in(spec.graph) == transition->guard));

        InstructionState next = s;
        row.effect(&s, &next);
        const ExpectedMember expected{spec, *transition};
        Bool all = constant(spec.graph, true);
        for (const vmxspec_leaf& leaf : vmxspec_instruction_leaves) {
            const void* const member = reinterpret_cast<const char*>(&next) + leaf.offset;
            all = all && (leaf.truth ? expected.equals(leaf.number, *static_cast<const SymbolicTruth*>(member))
                                     : expected.equals(leaf.number, *static_cast<const SymbolicWord*>(member)));
        }
        theorems.push_back(same(std::string{told.id} + "/effect", all));
    }
}

}  // namespace

std::vector<Theorem> generated_c_theorems(Specification& spec) {
    const State s = symbolic_entry(spec);
    const auto entry = symbolic<EntryState>(spec, vmxspec_msr_entry_leaves);
    std::vector<Theorem> theorems;
    prove_checks(spec, s, entry, theorems);
    prove_loads(spec, s, entry, theorems);
    prove_instructions(spec, theorems);
    return theorems;
}

}  // namespace vmxspec::proofs
