#include "spec/entry/conditions.hpp"
#include "spec/entry/entry.hpp"
#include "spec/entry/fred.hpp"
#include "spec/entry/reserved_bits.hpp"

namespace vmxspec::entry {

namespace {

/// CR0 bits whose guest value is checked: never NW and CD, and not PE and PG of an unrestricted guest.
Bits<64> checked_cr0_bits(const State& s) {
    constexpr std::uint64_t pe = 1, nw = 1ULL << 29, cd = 1ULL << 30, pg = 1ULL << 31;
    const Bits<64> all = s.guest.cr0.same(~(nw | cd));
    return select(s.proc2.unrestricted_guest, all.same(~(nw | cd | pe | pg)), all);
}

/// CR3 sets no reserved bit. The width is not reduced for TME when EPT is on, for the address is then guest-physical.
Bool guest_cr3(const State& s) {
    const Bits<64> address = cr3_address(s, s.guest.cr3);
    const Bits<8> width = select<8>(s.proc2.enable_ept, s.processor.maxphyaddr, physical_width(s));
    return (address >> extend<64>(width)) == 0;
}

void control_registers(RuleTable& table, const State& s) {
    const auto& [guest, capability] = std::tie(s.guest, s.capability);
    const auto& entry = s.control.entry;
    const Bool ia32e = s.processor.intel64 && entry.ia32e_mode_guest;
    const Bool legacy = s.processor.intel64 && !entry.ia32e_mode_guest;
    table.check("guest.cr0.fixed",
                fixed_bits(guest.cr0, capability.cr0_fixed0, capability.cr0_fixed1, checked_cr0_bits(s)));
    table.check("guest.cr0.pg-pe", guest.cr0.pg >> guest.cr0.pe);
    table.check("guest.cr4.fixed",
                fixed_bits(guest.cr4, capability.cr4_fixed0, capability.cr4_fixed1, guest.cr4.same(~0ULL)));
    table.check("guest.cr4.cet-wp", guest.cr4.cet >> guest.cr0.wp);
    table.check("guest.debugctl.reserved",
                entry.load_debug_controls >> none_reserved(guest.debugctl, debugctl_reserved(s)),
                "Bits 8:6 and 13:9 are specific to models; the mask takes DS, DS-CPL, the performance-monitoring "
                "version and trait.uncore_pmi for them.");
    table.check("guest.ia32e.pg", ia32e >> guest.cr0.pg);
    table.check("guest.ia32e.pae", ia32e >> guest.cr4.pae);
    table.check("guest.legacy.pcide", legacy >> !guest.cr4.pcide);
    table.check("guest.legacy.fred", legacy >> !guest.cr4.fred);
    table.check(
        "guest.cr3.width", s.processor.intel64 >> guest_cr3(s),
        "29.3.1.1 speaks of bits 63:MAXPHYADDR. Bits 62:61 are LAM's on a processor with LAM (CPUID.7.1:EAX[26]), "
        "not reserved and not address bits (volume 3A, 4.4.1).");
}

/// DR7 and the MSRs whose row the manual makes for processors with Intel 64 only.
void linear_addresses(RuleTable& table, const State& s) {
    const auto& [guest, entry] = std::tie(s.guest, s.control.entry);
    const Bool intel64 = s.processor.intel64;
    const Bool cet = intel64 && entry.load_cet_state;
    table.check("guest.dr7.high", (intel64 && entry.load_debug_controls) >> ((guest.dr7 >> 32) == 0));
    table.check("guest.sysenter-esp.canonical", intel64 >> canonical(s, guest.sysenter_esp));
    table.check("guest.sysenter-eip.canonical", intel64 >> canonical(s, guest.sysenter_eip));
    table.check("guest.s-cet.canonical", cet >> canonical(s, guest.s_cet));
    table.check("guest.ssp-table.canonical", cet >> canonical(s, guest.ssp_table));
}

void msrs(RuleTable& table, const State& s) {
    const auto& [guest, entry] = std::tie(s.guest, s.control.entry);
    table.check("guest.perf-global-ctrl.reserved",
                entry.load_perf_global_ctrl >> none_reserved(guest.perf_global_ctrl, perf_global_ctrl_reserved(s)));
    table.check("guest.pat.memtypes", entry.load_pat >> pat_memory_types(guest.pat));
    table.check("guest.efer.reserved", entry.load_efer >> none_reserved(guest.efer, efer_reserved(s)));
    table.check("guest.efer.lma", entry.load_efer >> (guest.efer.lma == entry.ia32e_mode_guest));
    table.check("guest.efer.lme", (entry.load_efer && guest.cr0.pg) >> (guest.efer.lme == guest.efer.lma));
    table.check("guest.bndcfgs.reserved", entry.load_bndcfgs >> none_reserved(guest.bndcfgs, bndcfgs_reserved(s)));
    table.check("guest.bndcfgs.canonical", entry.load_bndcfgs >> canonical(s, guest.bndcfgs & ~low_bits(12)));
    table.check("guest.rtit-ctl.reserved", entry.load_rtit_ctl >> none_reserved(guest.rtit_ctl, rtit_ctl_reserved(s)),
                "Encodings that Table 36-6 reserves within a field are no reserved bits, and no check of VM entries.");
    table.check("guest.s-cet.reserved", entry.load_cet_state >> none_reserved(guest.s_cet, s_cet_reserved(s)));
    table.check("guest.s-cet.suppress-tracker", entry.load_cet_state >> !(guest.s_cet.suppress && guest.s_cet.tracker));
    table.check("guest.lbr-ctl.reserved", entry.load_lbr_ctl >> none_reserved(guest.lbr_ctl, lbr_ctl_reserved(s)));
    table.check("guest.pkrs", entry.load_pkrs >> ((guest.pkrs >> 32) == 0));
    table.check("guest.uinv", entry.load_uinv >> ((guest.uinv & 0xff00) == 0));
    table.check("guest.spec-ctrl.reserved",
                entry.load_spec_ctrl >> none_reserved(guest.spec_ctrl, spec_ctrl_reserved(s)));
    fred(table, s, "guest", entry.load_fred, fred_fields(guest));
}

}  // namespace

void guest_registers(RuleTable& table, const State& s) {
    table.section(Stage::guest, {"29.3.1.1", "Checks on Guest Control Registers, Debug Registers, and MSRs"},
                  {outcome::guest_state});

    control_registers(table, s);
    linear_addresses(table, s);
    msrs(table, s);
}

}  // namespace vmxspec::entry
