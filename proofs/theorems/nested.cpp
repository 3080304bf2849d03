// The recorded failure as a theorem that is refuted, and the translation that cannot fail.
#include "proofs/theorems/nested_translation.hpp"
#include "spec/entry/conditions.hpp"
#include "spec/load/msr_index.hpp"
#include "spec/nested/efer_translation.hpp"
#include "spec/state/architecture.hpp"

#include <algorithm>
#include <iterator>

namespace vmxspec::proofs {

namespace {

/// The first entry of VMCS02's MSR-load area is IA32_EFER with this value, and the fold accepts it.
Bool efer_entry_accepted(Specification& spec, Bits<64> value) {
    State& s = spec.state;
    const auto& one = s.msr_entry;
    const std::map<std::size_t, NodeId> entry{
        {s.leaf("msr_entry.index"), Bits<32>{one.index}.same(load::ia32_efer).id()},
        {s.leaf("msr_entry.reserved"), Bits<32>{one.reserved}.same(0).id()},
        {s.leaf("msr_entry.data"), value.id()},
        {s.leaf("msr_entry.efer_before"), spec.loaded.efer.id()},
    };
    return {&spec.graph, spec.graph.substitute(spec.msr_load.accepted.id(), entry)};
}

}  // namespace

std::vector<Theorem> nested_theorems(Specification& spec) {
    State& s = spec.state;
    // VMCS02 passes all checks; L1 runs with an IA32_EFER of its own; the processor has no "load IA32_EFER".
    const std::vector<Bool> given{consistent_processor(s), consistent_mode(s), spec.checks_pass,
                                  s.processor.intel64 && !s.control.entry.load_efer,
                                  (s.before.efer & entry::efer_reserved(s)) == 0};
    const std::vector<std::size_t> shown{s.leaf("guest.cr0"), s.leaf("control.entry"), s.leaf("before.efer")};
    std::vector<Theorem> theorems{
        {"nested/copied-efer",
         "VMCS02 whose MSR-load area sets IA32_EFER to L1's own value enters whenever VMCS12 would", Form::always,
         given, efer_entry_accepted(spec, nested::copied_efer(s)), Verdict::refuted, shown,
         "CR0.PG = 1 and \"IA-32e mode guest\" = 0 establish IA32_EFER.LME = 0; the copied value would set it: "
         "msr-load.efer.lme-pg, exit reason 80000022H, qualification 1"},
        {"nested/established-efer",
         "VMCS02 whose MSR-load area sets IA32_EFER to L1's value with LME and LMA as the entry establishes them "
         "enters whenever VMCS12 would",
         Form::always,
         given,
         efer_entry_accepted(spec, nested::established_efer(s)),
         Verdict::proven,
         shown,
         {}},
    };
    const nested::Translation translation{spec};
    for (const auto part :
         {nested_offered_theorems, nested_validity_theorems, nested_loaded_theorems, nested_time_theorems,
          nested_address_theorems, nested_need_theorems, nested_msr_theorems, nested_exit_theorems})
        std::ranges::move(part(spec, translation), std::back_inserter(theorems));
    return theorems;
}

}  // namespace vmxspec::proofs
