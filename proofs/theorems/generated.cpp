// Generated = spec: the generated headers, instantiated with symbolic words, compute what the specification says, for
// all inputs. The headers are the ones that the hypervisor compiles.
#include "proofs/theorems/symbolic_state.hpp"
#include "proofs/theorems/theorem.hpp"

#include "vmxspec/generated/entry_checks.hpp"
#include "vmxspec/generated/entry_inputs.hpp"
#include "vmxspec/generated/entry_load.hpp"

#include <array>

namespace vmxspec::proofs {

namespace {

using generated::EntryState;
using generated::MsrEntryState;

/// Whether the generated table has the leaf among what the rule reads. A hypervisor that looks at some rules only knows
/// a VMCS field by its encoding, the processor's state and memory by their names, and takes the rest to stay as it is.
bool is_listed(const Leaf& leaf, generated::Rule rule) {
    for (const generated::CheckInput& input : generated::check_inputs) {
        if (leaf.name != input.name) continue;
        const bool is_field = leaf.source == Source::vmcs;
        const bool changes = leaf.name.starts_with("before.") || leaf.name.starts_with("memory.");
        return input.rules.contains(rule) && (is_field ? input.encoding == leaf.key : input.encoding == ~0U) &&
               input.of_processor == !(is_field || changes);
    }
    return false;
}

/// Whoever looks again only at the rules of `check_inputs` that read what has changed misses none: the generated checks
/// of the others do not depend on it.
Theorem inputs(Specification& spec, const EntryState<SymbolicWord>& s) {
    bool complete = true;
    std::size_t count = 0;
    generated::each_rule(s, [&](generated::Rule rule, const SymbolicTruth& kept) {
        ++count;
        for (const std::size_t leaf : spec.graph.support(std::array{kept.in(spec.graph).id()}))
            complete = complete && is_listed(spec.state.leaves()[leaf], rule);
    });
    return {"generated/entry-inputs",
            "the generated table tells of every check of a VM entry all that the generated code reads for it",
            Form::always,
            {},
            constant(spec.graph, complete && count == generated::rule_count),
            Verdict::proven,
            {}};
}

}  // namespace

std::vector<Theorem> generated_theorems(Specification& spec) {
    const auto s = symbolic_state<EntryState<SymbolicWord>>(spec);
    const auto entry = symbolic_state<MsrEntryState<SymbolicWord>>(spec);
    std::vector<Theorem> theorems;
    generated::each_rule(s, [&](generated::Rule rule, const SymbolicTruth& kept) {
        const std::string id = generated::rule_information[static_cast<std::size_t>(rule)].id;
        theorems.push_back(same_as_spec(id, kept.in(spec.graph) == spec.find(id)->condition));
    });
    generated::each_msr_rule(s, entry, [&](generated::MsrRule rule, const SymbolicTruth& kept) {
        const std::string id = generated::msr_rule_information[static_cast<std::size_t>(rule)].id;
        theorems.push_back(same_as_spec(id, kept.in(spec.graph) == spec.find(id)->condition));
    });
    theorems.push_back(inputs(spec, s));
    theorems.push_back(same_as_spec("loaded CR0", generated::loaded_cr0(s).in(spec.graph) == spec.loaded.cr0));
    theorems.push_back(same_as_spec("loaded CR4", generated::loaded_cr4(s).in(spec.graph) == spec.loaded.cr4));
    theorems.push_back(same_as_spec("loaded IA32_EFER", generated::loaded_efer(s).in(spec.graph) == spec.loaded.efer));
    theorems.push_back(same_as_spec("IA32_EFER after an MSR entry",
                                    generated::efer_after(s, entry).in(spec.graph) == spec.msr_load.efer_after));
    return theorems;
}

}  // namespace vmxspec::proofs
