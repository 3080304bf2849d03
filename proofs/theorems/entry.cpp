// What every VM entry that passes the checks of 29.1 to 29.3 establishes in CR0, CR4 and IA32_EFER.
#include "proofs/theorems/theorem.hpp"
#include "spec/entry/conditions.hpp"
#include "spec/state/architecture.hpp"

namespace vmxspec::proofs {

namespace {

/// The address arithmetic of an MSR area as the manual states it, in more bits than the width: carry kept apart.
Bool exact_last_byte(const State& s, Bits<32> count, Bits<64> address) {
    const Bits<64> offset = (extend<64>(count) << 4) - 1;
    const Bits<64> sum = address + offset;
    const Bool carry = sum < address;
    return !carry && entry::within_physical_width(s, sum);
}

}  // namespace

std::vector<Theorem> entry_theorems(Specification& spec) {
    const State& s = spec.state;
    const auto& entry = s.control.entry;
    const auto& loaded = spec.loaded;
    const std::vector<Bool> ground{consistent_processor(s), consistent_mode(s)};
    std::vector<Bool> passes = ground;
    passes.push_back(spec.checks_pass);
    std::vector<Bool> seed = passes;
    seed.push_back(s.processor.intel64 && !entry.ia32e_mode_guest && !entry.load_efer);
    std::vector<Bool> area = ground;
    area.push_back(s.control.entry_msr_load_count != 0);

    return {
        {"entry/possible",
         "some VM entry passes all checks",
         Form::possible,
         passes,
         constant(spec.graph, true),
         Verdict::proven,
         {},
         {}},
        {"entry/lma-is-ia32e",
         "after a VM entry IA32_EFER.LMA = \"IA-32e mode guest\"",
         Form::always,
         passes,
         s.processor.intel64 >> (loaded.efer.lma == entry.ia32e_mode_guest),
         Verdict::proven,
         {},
         {}},
        {"entry/lma-is-lme-and-pg",
         "after a VM entry LMA = LME & CR0.PG",
         Form::always,
         passes,
         s.processor.intel64 >> (loaded.efer.lma == (loaded.efer.lme && loaded.cr0.pg)),
         Verdict::proven,
         {},
         {}},
        {"entry/pg-needs-pe",
         "after a VM entry CR0.PG = 1 only if CR0.PE = 1",
         Form::always,
         passes,
         loaded.cr0.pg >> loaded.cr0.pe,
         Verdict::proven,
         {},
         {}},
        {"entry/lma-needs-pae",
         "after a VM entry LMA = 1 only if CR4.PAE = 1",
         Form::always,
         passes,
         s.processor.intel64 >> (loaded.efer.lma >> loaded.cr4.pae),
         Verdict::proven,
         {},
         {}},
        {"entry/legacy-paging-clears-lme",
         "a VM entry with \"IA-32e mode guest\" = 0, without \"load IA32_EFER\", clears IA32_EFER.LME if it "
         "establishes CR0.PG = 1",
         Form::always,
         seed,
         loaded.cr0.pg >> !loaded.efer.lme,
         Verdict::proven,
         {},
         {}},
        {"entry/no-paging-keeps-lme",
         "a VM entry with \"IA-32e mode guest\" = 0, without \"load IA32_EFER\", leaves IA32_EFER.LME untouched if it "
         "establishes CR0.PG = 0",
         Form::always,
         seed,
         !loaded.cr0.pg >> (loaded.efer.lme == s.before.efer.lme),
         Verdict::proven,
         {},
         {}},
        {"entry/msr-area-arithmetic",
         "the end of the VM-entry MSR-load area, computed in 64 bits, is judged as in more bits",
         Form::always,
         area,
         spec.rules.find("ctl.entry-msr-load.last")->condition ==
             exact_last_byte(s, s.control.entry_msr_load_count, s.control.entry_msr_load),
         Verdict::proven,
         {},
         {}},
    };
}

}  // namespace vmxspec::proofs
