#include "spec/load/after_entry.hpp"
#include "spec/load/msr_field.hpp"

namespace vmxspec::load {

namespace {

/// Bits of DR7 that are always 0 (12, 15:14) or always 1 (10), whatever the field says.
constexpr std::uint64_t dr7_zeros = 1ULL << 12 | 3ULL << 14, dr7_ones = 1ULL << 10;

void msrs(LoadTable& table, const State& s) {
    const auto& [guest, entry] = std::tie(s.guest, s.control.entry);
    for (const MsrField& row : {
             MsrField{"perf_global_ctrl", entry.load_perf_global_ctrl, guest.perf_global_ctrl},
             MsrField{"pat", entry.load_pat, guest.pat},
             MsrField{"bndcfgs", entry.load_bndcfgs, guest.bndcfgs},
             MsrField{"rtit_ctl", entry.load_rtit_ctl, guest.rtit_ctl},
             MsrField{"s_cet", entry.load_cet_state, natural(s, guest.s_cet)},
             MsrField{"ssp_table", entry.load_cet_state, natural(s, guest.ssp_table)},
             MsrField{"lbr_ctl", entry.load_lbr_ctl, guest.lbr_ctl},
             MsrField{"pkrs", entry.load_pkrs, guest.pkrs},
         })
        table.add(row.name, loaded_if(row.control, row.field));
    table.add("uinv", loaded_if(entry.load_uinv, guest.uinv.slice<7, 0>()),
              "IA32_UINTR_MISC[39:32]; the rest of that MSR is not modified.");
    fred_msrs(table, entry.load_fred, guest);
    table.add("spec_ctrl", loaded_if<64>(entry.load_spec_ctrl, guest.spec_ctrl));
}

}  // namespace

Bits<64> natural(const State& s, Bits<64> field) { return select(s.processor.intel64, field, field & low_bits(32)); }

void entry_registers(LoadTable& table, const State& s, const Registers& loaded) {
    const auto& [guest, entry] = std::tie(s.guest, s.control.entry);
    table.section({"29.3.2.1", "Loading Guest Control Registers, Debug Registers, and MSRs"});

    table.add("cr0", whole<64>(loaded.cr0), "ET, 15:6, 17, 28:19, NW and CD are as before the VM entry.");
    table.add("cr3", whole<64>(guest.cr3));
    table.add("cr4", whole<64>(loaded.cr4));
    table.add("dr7", loaded_if(entry.load_debug_controls, (guest.dr7 & ~dr7_zeros) | dr7_ones));
    table.add("debugctl", loaded_if<64>(entry.load_debug_controls, guest.debugctl));
    table.add("sysenter_cs", whole(extend<64>(Bits<32>{guest.sysenter_cs})));
    table.add("sysenter_esp", whole(natural(s, guest.sysenter_esp)));
    table.add("sysenter_eip", whole(natural(s, guest.sysenter_eip)));
    table.add("efer", whole<64>(loaded.efer));
    msrs(table, s);
    const Bool returns_from_smm = s.before.in_smm && !entry.entry_to_smm;
    table.add("smbase", loaded_if<32>(returns_from_smm, guest.smbase),
              "Only VM entries that return from SMM load it (34.15.4).");
}

void entry_pointers(LoadTable& table, const State& s) {
    const auto& guest = s.guest;
    const Bits<64> all = guest.rsp.same(~0ULL);
    table.section({"29.3.2.3", "Loading Guest RIP, RSP, RFLAGS, and SSP"});

    const Bits<64> rsp_bits = select(s.processor.intel64 && !enters_64_bit_mode(s), all.same(low_bits(32)), all);
    table.add("rip", whole(natural(s, guest.rip)));
    table.add("rsp", defined_in(rsp_bits, natural(s, guest.rsp)),
              "Bits 63:32 are undefined outside 64-bit mode: a processor may ignore the field's.");
    table.add("rflags", whole(natural(s, guest.rflags)));
    table.add("ssp", loaded_if(s.control.entry.load_cet_state, natural(s, guest.ssp)));
}

LoadTable after_entry(const State& s, const Registers& loaded) {
    LoadTable table;
    entry_registers(table, s, loaded);
    entry_segments(table, s);
    entry_pointers(table, s);
    entry_non_register(table, s);
    entry_events(table, s);
    return table;
}

}  // namespace vmxspec::load
