#include "spec/entry/conditions.hpp"
#include "spec/entry/entry.hpp"
#include "spec/entry/fred.hpp"
#include "spec/entry/reserved_bits.hpp"

namespace vmxspec::entry {

namespace {

void control_registers(RuleTable& table, const State& s) {
    const auto& [host, capability] = std::tie(s.host, s.capability);
    constexpr std::uint64_t nw = 1ULL << 29, cd = 1ULL << 30;
    table.check("host.cr0.fixed",
                fixed_bits(host.cr0, capability.cr0_fixed0, capability.cr0_fixed1, host.cr0.same(~(nw | cd))),
                "NW and CD are not checked: VM exits do not change them (30.5.1).");
    table.check("host.cr4.fixed",
                fixed_bits(host.cr4, capability.cr4_fixed0, capability.cr4_fixed1, host.cr4.same(~0ULL)));
    table.check("host.cr4.cet-wp", host.cr4.cet >> host.cr0.wp);
    table.check(
        "host.cr3.width", s.processor.intel64 >> within_physical_width(s, cr3_address(s, host.cr3)),
        "29.2.2 speaks of bits 63:MAXPHYADDR. Bits 62:61 are LAM's on a processor with LAM (CPUID.7.1:EAX[26]), "
        "not reserved and not address bits (volume 3A, 4.4.1).");
}

void msrs(RuleTable& table, const State& s) {
    const auto& [host, exit] = std::tie(s.host, s.control.exit);
    const Bool intel64 = s.processor.intel64;
    const Bool host64 = exit.host_address_space_size;
    table.check("host.sysenter-esp.canonical", intel64 >> canonical(s, host.sysenter_esp));
    table.check("host.sysenter-eip.canonical", intel64 >> canonical(s, host.sysenter_eip));
    table.check("host.perf-global-ctrl.reserved",
                exit.load_perf_global_ctrl >> none_reserved(host.perf_global_ctrl, perf_global_ctrl_reserved(s)));
    table.check("host.pat.memtypes", exit.load_pat >> pat_memory_types(host.pat));
    table.check("host.efer.reserved", exit.load_efer >> none_reserved(host.efer, efer_reserved(s)));
    table.check("host.efer.lma-lme", exit.load_efer >> ((host.efer.lma == host64) && (host.efer.lme == host64)));
    table.check("host.s-cet.reserved", exit.load_cet_state >> none_reserved(host.s_cet, s_cet_reserved(s)));
    table.check("host.s-cet.suppress-tracker", exit.load_cet_state >> !(host.s_cet.suppress && host.s_cet.tracker));
    table.check("host.ssp.aligned", exit.load_cet_state >> aligned(host.ssp, 2));
    table.check("host.pkrs", exit.load_pkrs >> ((host.pkrs >> 32) == 0));
    fred(table, s, "host", s.exit2.load_fred, fred_fields(host));
    table.check("host.spec-ctrl.reserved",
                s.exit2.load_spec_ctrl >> none_reserved(host.spec_ctrl, spec_ctrl_reserved(s)));
}

}  // namespace

void host_registers(RuleTable& table, const State& s) {
    table.section(Stage::control_and_host, {"29.2.2", "Checks on Host Control Registers, MSRs, and SSP"},
                  {outcome::host_state});

    control_registers(table, s);
    msrs(table, s);
}

}  // namespace vmxspec::entry
