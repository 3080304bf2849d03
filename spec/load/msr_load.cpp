#include "spec/load/msr_load.hpp"

#include "spec/entry/conditions.hpp"
#include "spec/load/msr_index.hpp"

namespace vmxspec::load {

namespace {

constexpr std::uint64_t lma = 1 << 10;

/// WRMSR ignores LMA: it is read-only, not reserved (SDM volume 3A, 2.2.1).
Bits<64> efer_written(Bits<64> before, Bits<64> data) { return (data & ~lma) | (before & lma); }

}  // namespace

MsrLoad msr_load(const State& s, const Registers& loaded) { return msr_load(s, loaded, s.before.in_smm); }

MsrLoad msr_load(const State& s, const Registers& loaded, Bool in_smm) {
    const auto& entry = s.msr_entry;
    const Bool is_efer = entry.index == ia32_efer;
    const Word<64, Efer> data{entry.data};
    MsrLoad result{wrmsr_table(s), {}, {}, {}};
    RuleTable& table = result.rules;
    table.section(Stage::msr_load, {"29.4", "Loading MSRs"}, {outcome::msr_load});

    table.check("msr-load.fs-gs-base", !one_of<32>(entry.index, {0xc0000100, 0xc0000101}));
    table.check("msr-load.x2apic", (entry.index >> 8) != 0x8);
    table.check("msr-load.smm-only", (entry.index == 0x9b) >> in_smm);
    table.check("msr-load.model-specific", entry.index != 0x79,
                "IA32_BIOS_UPDT_TRIG is the one that volume 4 names; a processor may refuse others.");
    table.check("msr-load.reserved", entry.reserved == 0);
    table.check("msr-load.wrmsr-gp", wrmsr_accepts(s, result.table),
                "MSRs that the table of WRMSR does not list cannot be judged.");
    table.check("msr-load.efer.lme-pg", (is_efer && loaded.cr0.pg) >> (data.lme == entry.efer_before.lme),
                "If CR0.PG = 1, WRMSR of IA32_EFER faults if it would modify LME (footnote to 29.4).");
    table.check("msr-load.efer.reserved", is_efer >> ((entry.data & entry::efer_reserved(s)) == 0));
    table.procedure(
        "msr-load.order", s.graph(),
        "Entries are processed in order, each on the state that the earlier ones left; the first that fails "
        "is reported: exit reason 80000022H, qualification its number from 1.");

    result.accepted = constant(s.graph(), true);
    for (const Rule& rule : table)
        if (rule.kind == RuleKind::check) result.accepted = result.accepted && rule.condition;
    result.efer_after = select<64>(is_efer, efer_written(entry.efer_before, entry.data), entry.efer_before);
    return result;
}

}  // namespace vmxspec::load
