// Generated = spec: the generated headers, instantiated with symbolic words, compute what the specification says, for
// all inputs. The headers are the ones that the hypervisor compiles.
#include "proofs/theorems/symbolic_state.hpp"
#include "proofs/theorems/theorem.hpp"

#include "vmxspec/generated/entry_checks.hpp"
#include "vmxspec/generated/entry_load.hpp"

namespace vmxspec::proofs {

namespace {

using generated::EntryState;
using generated::MsrEntryState;

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
    theorems.push_back(same_as_spec("loaded CR0", generated::loaded_cr0(s).in(spec.graph) == spec.loaded.cr0));
    theorems.push_back(same_as_spec("loaded CR4", generated::loaded_cr4(s).in(spec.graph) == spec.loaded.cr4));
    theorems.push_back(same_as_spec("loaded IA32_EFER", generated::loaded_efer(s).in(spec.graph) == spec.loaded.efer));
    theorems.push_back(same_as_spec("IA32_EFER after an MSR entry",
                                    generated::efer_after(s, entry).in(spec.graph) == spec.msr_load.efer_after));
    return theorems;
}

}  // namespace vmxspec::proofs
