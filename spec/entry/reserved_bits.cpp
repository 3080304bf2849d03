#include "spec/entry/reserved_bits.hpp"

#include <initializer_list>
#include <utility>

namespace vmxspec::entry {

namespace {

constexpr std::uint64_t bit(unsigned n) { return std::uint64_t{1} << n; }
constexpr std::uint64_t bits(unsigned high, unsigned low) { return low_bits(high - low + 1) << low; }

Bits<64> constant64(const State& s, std::uint64_t value) {
    return {&s.graph(), s.graph().make(Op::constant, 64, {}, value)};
}

/// Bits that exist always, and those that exist where their feature does.
Bits<64> existing(const State& s, std::uint64_t always,
                  std::initializer_list<std::pair<Bool, std::uint64_t>> features) {
    Bits<64> mask = constant64(s, always);
    for (const auto& feature : features) mask = mask | only_if(feature.first, constant64(s, feature.second));
    return mask;
}

/// The low `count` bits.
template <unsigned W>
Bits<64> low(const State& s, Bits<W> count) {
    return (constant64(s, 1) << extend<64>(count)) - 1;
}

}  // namespace

Bool none_reserved(Bits<64> value, Bits<64> reserved) { return (value & reserved) == 0; }

Bits<64> perf_global_ctrl_reserved(const State& s) {
    // A counter exists when the number or the bitmap says so (volume 3B, 22.2.5: FixedCtr[i] = ECX[i] || EDX[4:0] > i).
    const Bits<32> no_map = s.feature.general_counter_map_ext.same(0);
    const Bits<32> general_map = select<32>(s.feature.perfmon_ext, s.feature.general_counter_map_ext, no_map);
    const Bits<32> fixed_map_ext = select<32>(s.feature.perfmon_ext, s.feature.fixed_counter_map_ext, no_map);
    const Bits<64> general = (low<8>(s, s.processor.general_counters) | extend<64>(general_map)) & low_bits(32);
    const Bits<64> fixed =
        (low<5>(s, s.processor.fixed_counters) | extend<64>(fixed_map_ext) | extend<64>(s.feature.fixed_counter_map)) &
        low_bits(16);
    const Bool metrics = s.processor.pdcm && s.msr.perf_capabilities[15];
    return said(~(general | (fixed << 32) | existing(s, 0, {{metrics, bit(48)}})),
                "the reserved bits of IA32_PERF_GLOBAL_CTRL");
}

Bits<64> debugctl_reserved(const State& s) {
    const auto& processor = s.processor;
    // LBR, BTF and TR exist on every processor with VMX.
    const Bool freezes_on_pmi = processor.pdcm && processor.perfmon_version > 1;
    return said(~existing(s, bit(0) | bit(1) | bit(6),
                          {{processor.bus_lock_detect, bit(2)},
                           {s.feature.ds, bits(8, 7)},
                           {s.feature.ds && s.feature.ds_cpl, bits(10, 9)},
                           {freezes_on_pmi, bits(12, 11)},
                           {s.trait.uncore_pmi, bit(13)},
                           {processor.pdcm && s.msr.perf_capabilities[12], bit(14)},
                           {processor.rtm, bit(15)}}),
                "the reserved bits of IA32_DEBUGCTL");
}

Bits<64> spec_ctrl_reserved(const State& s) {
    const auto& processor = s.processor;
    const Bits<5> controls = processor.speculation_controls;
    // A processor with IBRS but without STIBP ignores bit 1 instead of faulting, so that software need not ask for it.
    return said(~existing(s, 0,
                          {{processor.ibrs, bit(0)},
                           {processor.ibrs || processor.stibp, bit(1)},
                           {processor.ssbd, bit(2)},
                           {controls[1], bits(4, 3)},
                           {controls[2], bits(6, 5)},
                           {controls[0], bit(7)},
                           {controls[3], bit(8)},
                           {controls[4], bit(10)}}),
                "the reserved bits of IA32_SPEC_CTRL");
}

Bits<64> s_cet_reserved(const State& s) {
    return said(
        ~existing(s, 0,
                  {{s.processor.cet_ss, bits(1, 0)}, {s.processor.cet_ibt, bits(5, 2) | bits(11, 10) | bits(63, 12)}}),
        "the reserved bits of IA32_S_CET");
}

Bits<64> rtit_ctl_reserved(const State& s) {
    const auto& pt = s.feature;
    const Bits<3> ranges = pt.pt_ranges;
    return said(~existing(s, bit(0) | bits(3, 2) | bits(11, 10) | bit(13),
                          {{pt.pt_psb_cyc, bit(1) | bits(22, 19) | bits(27, 24)},
                           {pt.pt_power_event, bit(4)},
                           {pt.pt_ptwrite, bit(5) | bit(12)},
                           {pt.pt_transport, bit(6)},
                           {pt.pt_cr3_filter, bit(7)},
                           {pt.pt_topa, bit(8)},
                           {pt.pt_mtc, bit(9) | bits(17, 14)},
                           {pt.pt_event, bit(31)},
                           {ranges >= 1, bits(35, 32)},
                           {ranges >= 2, bits(39, 36)},
                           {ranges >= 3, bits(43, 40)},
                           {ranges >= 4, bits(47, 44)},
                           {pt.pt_tnt_disable, bit(55)},
                           {pt.pt_psb_pmi, bit(56)}}),
                "the reserved bits of IA32_RTIT_CTL");
}

Bits<64> lbr_ctl_reserved(const State& s) {
    return said(~existing(s, bit(0),
                          {{s.feature.lbr_cpl_filter, bits(2, 1)},
                           {s.feature.lbr_call_stack, bit(3)},
                           {s.feature.lbr_branch_filter, bits(22, 16)}}),
                "the reserved bits of IA32_LBR_CTL");
}

Bits<64> bndcfgs_reserved(const State& s) {
    return said(constant64(s, bits(11, 2)), "the reserved bits of IA32_BNDCFGS");
}

Bits<64> fred_config_reserved(const State& s) {
    return said(constant64(s, bit(11) | bits(5, 4) | bit(2)), "the reserved bits of IA32_FRED_CONFIG");
}

Bits<64> pending_debug_reserved(const State& s) {
    return said(~existing(s, bits(3, 0) | bit(12) | bit(14) | bit(16), {{s.processor.bus_lock_detect, bit(11)}}),
                "the reserved bits of pending debug exceptions");
}

Bits<64> eptp_reserved(const State& s) {
    return said(
        select(s.capability.ept_vpid.supervisor_shadow_stack, constant64(s, bits(11, 8)), constant64(s, bits(11, 7))),
        "the reserved bits of EPTP");
}

}  // namespace vmxspec::entry
