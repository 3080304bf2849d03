// The VM-entry MSR-load area: the fold unrolled to a bound, and its step by induction.
#include "proofs/theorems/theorem.hpp"
#include "spec/entry/conditions.hpp"
#include "spec/load/msr_index.hpp"
#include "spec/state/architecture.hpp"

namespace vmxspec::proofs {

namespace {

constexpr unsigned bound = 16;

/// IA32_EFER as every entry of an area finds it: LMA is "IA-32e mode guest", and so is LME where paging is on.
Bool invariant(const Specification& spec, Word<64, Efer> efer) {
    const Bool ia32e = spec.state.control.entry.ia32e_mode_guest;
    return spec.state.processor.intel64 >> ((efer.lma == ia32e) && (spec.loaded.cr0.pg >> (efer.lme == ia32e)));
}

/// Entry k of an area as fresh leaves, and the step with these in place of `msr_entry.*`.
class Step {
public:
    Step(Specification& spec, unsigned k, Bits<64> efer_before) : spec_{spec} {
        State& s = spec.state;
        for (const char* member : {"index", "reserved", "data", "unlisted_accepted"}) {
            const std::string name = std::string{"msr_entry."} + member;
            const std::string fresh = "msr_entry[" + std::to_string(k) + "]." + member;
            const std::size_t* there = s.find(fresh);
            replacement_[s.leaf(name)] = s.node(there != nullptr ? *there : s.add_copy(s.leaf(name), fresh));
        }
        replacement_[s.leaf("msr_entry.efer_before")] = efer_before.id();
    }
    [[nodiscard]] Bool accepted() {
        return {&spec_.graph, spec_.graph.substitute(spec_.msr_load.accepted.id(), replacement_)};
    }
    [[nodiscard]] Bits<64> efer_after() {
        return {&spec_.graph, spec_.graph.substitute(spec_.msr_load.efer_after.id(), replacement_)};
    }

private:
    Specification& spec_;
    std::map<std::size_t, NodeId> replacement_;
};

/// After each of `bound` accepted entries the invariant holds.
Theorem unrolled(Specification& spec, const std::vector<Bool>& passes) {
    Bits<64> efer = spec.loaded.efer;
    Bool accepted = constant(spec.graph, true);
    Bool claim = constant(spec.graph, true);
    for (unsigned k = 0; k < bound; ++k) {
        Step step{spec, k, efer};
        accepted = accepted && step.accepted();
        efer = step.efer_after();
        claim = claim && (accepted >> invariant(spec, Word<64, Efer>{efer}));
    }
    return {"msr-load/unrolled-" + std::to_string(bound),
            "after each of the first " + std::to_string(bound) +
                " entries of the MSR-load area LMA = \"IA-32e mode guest\" and, with "
                "CR0.PG = 1, LME too",
            Form::always,
            passes,
            claim,
            Verdict::proven,
            {},
            {}};
}

}  // namespace

std::vector<Theorem> msr_load_theorems(Specification& spec) {
    const State& s = spec.state;
    const auto& one = s.msr_entry;
    const Bool ia32e = s.control.entry.ia32e_mode_guest;
    std::vector<Bool> passes{consistent_processor(s), consistent_mode(s), spec.checks_pass};
    std::vector<Bool> at_entry = passes;
    at_entry.push_back(invariant(spec, Word<64, Efer>{one.efer_before}));
    std::vector<Bool> accepted = at_entry;
    accepted.push_back(spec.msr_load.accepted);
    std::vector<Bool> efer_entry = at_entry;
    efer_entry.push_back(s.processor.intel64 && one.index == load::ia32_efer);
    const Word<64, Efer> data{one.data};
    const Bool reserved_bit = (one.data & entry::efer_reserved(s)) != 0 || one.reserved != 0;

    return {
        {"msr-load/base",
         "the guest-state load establishes what the first entry of the MSR-load area finds",
         Form::always,
         passes,
         invariant(spec, spec.loaded.efer),
         Verdict::proven,
         {},
         {}},
        {"msr-load/step",
         "an accepted entry leaves for the next one what it found: LMA, and with CR0.PG = 1 LME",
         Form::always,
         accepted,
         invariant(spec, Word<64, Efer>{spec.msr_load.efer_after}),
         Verdict::proven,
         {},
         {}},
        unrolled(spec, passes),
        {"msr-load/efer-exactly",
         "an IA32_EFER entry fails exactly when a reserved bit is set, or CR0.PG = 1 and its LME differs from \"IA-32e "
         "mode guest\"",
         Form::always,
         efer_entry,
         (!spec.msr_load.accepted) == (reserved_bit || (spec.loaded.cr0.pg && data.lme != ia32e)),
         Verdict::proven,
         {},
         {}},
        {"msr-load/efer-lma-ignored",
         "whether an IA32_EFER entry is accepted does not depend on its LMA bit",
         Form::always,
         efer_entry,
         spec.msr_load.accepted ==
             Bool{&spec.graph, spec.graph.substitute(spec.msr_load.accepted.id(),
                                                     {{s.leaf("msr_entry.data"), (one.data ^ (1ULL << 10)).id()}})},
         Verdict::proven,
         {},
         {}},
    };
}

}  // namespace vmxspec::proofs
