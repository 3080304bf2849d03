// Generated = spec for the rows of entry_load.hpp: each register after a VM entry, a VM exit and a failed entry, and
// the rules of VM exits.
#include "proofs/theorems/symbolic_state.hpp"
#include "proofs/theorems/theorem.hpp"

#include "vmxspec/generated/entry_load.hpp"

namespace vmxspec::proofs {

namespace {

using generated::EntryState;
using generated::ExitState;
using generated::MsrEntryState;

Theorem same(Specification& spec, const std::string& table, const load::LoadRow& row,
             const generated::Loaded<SymbolicWord>& word) {
    return same_as_spec(table + "/" + row.name,
                        all_of({word.value.in(spec.graph) == row.value, word.defined.in(spec.graph) == row.defined,
                                word.kept.in(spec.graph) == row.kept}));
}

/// Every bit of the register is at most one of defined and kept, and the value is 0 where it is not defined.
Theorem well_formed(Specification& spec, const std::string& name, const load::LoadTable& table) {
    Bool claim = constant(spec.graph, true);
    for (const load::LoadRow& row : table)
        claim = claim && all_of({(row.defined & row.kept) == 0, (row.value & ~row.defined) == 0,
                                 ((row.defined | row.kept) & ~low_bits(row.width)) == 0});
    return {"loads/" + name + "/well-formed",
            "the rows " + name + " tell each bit one way",
            Form::always,
            {},
            claim,
            Verdict::proven,
            {}};
}

}  // namespace

std::vector<Theorem> generated_load_theorems(Specification& spec) {
    const auto s = symbolic_state<EntryState<SymbolicWord>>(spec);
    const auto x = symbolic_state<ExitState<SymbolicWord>>(spec);
    const auto entry = symbolic_state<MsrEntryState<SymbolicWord>>(spec);
    std::vector<Theorem> theorems;
    generated::after_entry::each_register(s, [&](const char* name, const auto& word) {
        theorems.push_back(same(spec, "after-entry", spec.after_entry[name], word));
    });
    generated::after_exit::each_register(s, x, [&](const char* name, const auto& word) {
        theorems.push_back(same(spec, "after-exit", spec.after_exit[name], word));
    });
    generated::after_failure::each_register(s, x, [&](const char* name, const auto& word) {
        theorems.push_back(same(spec, "after-failure", spec.after_failure[name], word));
    });
    generated::each_exit_rule(s, x, entry, [&](const char* id, const SymbolicTruth& kept) {
        theorems.push_back(same_as_spec(id, kept.in(spec.graph) == spec.find(id)->condition));
    });
    theorems.push_back(well_formed(spec, "after-entry", spec.after_entry));
    theorems.push_back(well_formed(spec, "after-exit", spec.after_exit));
    theorems.push_back(well_formed(spec, "after-failure", spec.after_failure));
    return theorems;
}

}  // namespace vmxspec::proofs
