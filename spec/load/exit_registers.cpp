#include "spec/entry/conditions.hpp"
#include "spec/load/after_entry.hpp"
#include "spec/load/after_exit.hpp"
#include "spec/load/msr_field.hpp"

namespace vmxspec::load {

namespace {

/// CR0 bits that a VM exit never modifies: ET, CD, NW, 63:32, 28:19, 17 and 15:6 without NE. Bits that VMX operation
/// fixes are not modified either; host.cr0.fixed makes the field agree with them. PE and PG are fixed too although an
/// unrestricted guest may have cleared them: the exit has to bring them back, so that the field is what counts.
constexpr std::uint64_t unmodified_cr0 =
    ~low_bits(32) | 1ULL << 30 | 1ULL << 29 | 0x3ffULL << 19 | 1ULL << 17 | 0x3ffULL << 6 | 1ULL << 4;
constexpr std::uint64_t pae = 1ULL << 5, pcide = 1ULL << 17, fred = 1ULL << 32;
constexpr std::uint64_t lme = 1ULL << 8, lma = 1ULL << 10;

/// Without "load IA32_EFER" the exit makes LMA and LME "host address-space size" and leaves the rest.
Bits<64> host_efer(const State& s) {
    const Bits<64> before = s.exiting.efer;
    const Bits<64> size = only_if(s.control.exit.host_address_space_size, before.same(lme | lma));
    const Bits<64> implicit = select(s.processor.intel64, (before & ~(lme | lma)) | size, before);
    return select<64>(s.control.exit.load_efer, s.host.efer, implicit);
}

void control_registers(LoadTable& table, const State& s, const Registers& host) {
    const Bits<64> address = extend<64>(entry::physical_width(s));
    const Bits<64> all = Bits<64>{s.host.cr3}.same(~0ULL);
    const Bits<64> within = select(s.processor.intel64, ~(all << address), all.same(low_bits(32)));
    const Bits<64> lam = only_if(s.processor.lam, all.same(3ULL << 61));
    table.add("cr0", whole<64>(host.cr0));
    table.add("cr3", defined_in(~lam, (s.host.cr3 & within) | (s.exiting.cr3 & ~within)),
              "Bits 63:MAXPHYADDR are not modified, says 30.5.1; whether LAM's bits 62:61 are meant it does not say.");
    table.add("cr4", whole<64>(host.cr4));
}

void msrs(LoadTable& table, const State& s, const Registers& registers) {
    const auto& [host, exit, exit2] = std::tie(s.host, s.control.exit, s.exit2);
    const Bits<64> zero = Bits<64>{host.pat}.same(0);
    const Bool always = constant(s.graph(), true);
    for (const MsrField& row : {
             MsrField{"debugctl", always, zero},
             MsrField{"sysenter_cs", always, extend<64>(Bits<32>{host.sysenter_cs})},
             MsrField{"sysenter_esp", always, made_canonical(s, host.sysenter_esp)},
             MsrField{"sysenter_eip", always, made_canonical(s, host.sysenter_eip)},
             MsrField{"efer", always, registers.efer},
             MsrField{"perf_global_ctrl", exit.load_perf_global_ctrl, host.perf_global_ctrl},
             MsrField{"pat", exit.load_pat, host.pat},
             MsrField{"bndcfgs", exit.clear_bndcfgs, zero},
             MsrField{"rtit_ctl", exit.clear_rtit_ctl, zero},
             MsrField{"s_cet", exit.load_cet_state, made_canonical(s, host.s_cet)},
             MsrField{"ssp_table", exit.load_cet_state, made_canonical(s, host.ssp_table)},
             MsrField{"pkrs", exit.load_pkrs, host.pkrs},
         })
        table.add(row.name, loaded_if(row.control, row.field));
    table.add("lbr_ctl", loaded_if(exit.clear_lbr_ctl, zero), "Table 27-14; 30.5.1 does not repeat it.");
    fred_msrs(table, exit2.load_fred, host);
    table.add("spec_ctrl", loaded_if<64>(exit2.load_spec_ctrl, host.spec_ctrl));
}

}  // namespace

Bits<64> made_canonical(const State& s, Bits<64> address) {
    const Bits<64> width = extend<64>(s.processor.linear_width);
    const Bits<64> high = address.same(~0ULL) << width;
    const Bool sign = ((address >> (width - 1)) & 1) == 1;
    return select(s.processor.intel64, select(sign, address | high, address & ~high), address & low_bits(32));
}

Registers host_registers(const State& s) {
    const Bool host64 = s.control.exit.host_address_space_size;
    const Bits<64> cr4 = s.host.cr4;
    return {Word<64, Cr0>{(s.host.cr0 & ~unmodified_cr0) | (s.exiting.cr0 & unmodified_cr0)},
            Word<64, Cr4>{select(host64, cr4 | pae, cr4 & ~(pcide | fred))}, Word<64, Efer>{host_efer(s)}};
}

void exit_registers(LoadTable& table, const State& s, const Registers& host) {
    const auto& exit = s.control.exit;
    table.section({"30.5.1", "Loading Host Control Registers, Debug Registers, MSRs"});
    control_registers(table, s, host);
    table.add("dr7", whole(Bits<64>{s.host.cr3}.same(0x400)));
    table.add("uinv", loaded_if(exit.clear_uinv, Bits<8>{s.memory.vtpr}.same(0)));
    msrs(table, s, host);

    table.section({"30.5.3", "Loading Host RIP, RSP, RFLAGS, and SSP"});
    table.add("rip", whole(natural(s, s.host.rip)));
    table.add("rsp", whole(natural(s, s.host.rsp)));
    table.add("rflags", whole(Bits<64>{s.host.rip}.same(2)));
    table.add("ssp", loaded_if(exit.load_cet_state, natural(s, s.host.ssp)));
}

LoadTable after_exit(const State& s, const Registers& host) {
    LoadTable table;
    exit_information(table, s);
    exit_vmcs(table, s);
    exit_registers(table, s, host);
    exit_segments(table, s);
    exit_non_register(table, s);
    return table;
}

}  // namespace vmxspec::load
