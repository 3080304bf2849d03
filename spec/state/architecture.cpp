#include "spec/state/architecture.hpp"

namespace vmxspec {

namespace {

/// No bit must be 1 and must be 0 (SDM volume 3D, A.3 to A.5, A.7, A.8).
Bool settings_agree(const AllowedSettings<Expression>& settings) {
    return (settings.must_be_1 & ~settings.may_be_1) == 0;
}

/// A TRUE capability MSR forces no bit that the plain one leaves free, and allows the same 1-settings (A.2).
Bool true_settings_agree(const AllowedSettings<Expression>& plain, const AllowedSettings<Expression>& exact) {
    return (exact.must_be_1 & ~plain.must_be_1) == 0 && exact.may_be_1 == plain.may_be_1;
}

}  // namespace

Bool consistent_processor(const State& s) {
    const auto& [p, c] = std::tie(s.processor, s.capability);
    constexpr std::uint64_t pe_ne_pg = 1ULL | 1ULL << 5 | 1ULL << 31, vmxe = 1ULL << 13;
    constexpr std::uint64_t ia32e_mode_only = 1ULL << 17 | 1ULL << 32;  // PCIDE, FRED
    return all_of({
        // CPUID.80000008H: at most 52 physical and 57 linear address bits; 32 linear without Intel 64.
        p.maxphyaddr >= 32 && p.maxphyaddr <= 52,
        p.intel64 >> (p.linear_width == 48 || p.linear_width == 57),
        p.intel64 || p.linear_width == 32,
        // A processor with Intel 64 reports 0 in IA32_VMX_BASIC[48] (A.1).
        p.intel64 >> !c.basic.addresses_32_bit,
        // Bits are fixed to one value or none, and 26.8 names four that are fixed to 1 (A.7, A.8): PE and PG also on
        // processors with "unrestricted guest", which lets only guests clear them.
        (c.cr0_fixed0 & ~c.cr0_fixed1) == 0 && (c.cr4_fixed0 & ~c.cr4_fixed1) == 0,
        (c.cr0_fixed0 & pe_ne_pg) == pe_ne_pg && (c.cr4_fixed0 & vmxe) == vmxe,
        // Reserved bits are fixed to 0: CR0[63:32]; in CR4, bits of features that exist in IA-32e mode only.
        (c.cr0_fixed1 >> 32) == 0,
        p.intel64 || (c.cr4_fixed1 & ia32e_mode_only) == 0,
        settings_agree(c.pin) && settings_agree(c.proc) && settings_agree(c.exit) && settings_agree(c.entry),
        settings_agree(c.proc2) && c.proc2.must_be_1 == 0,
        c.basic.true_controls >> (true_settings_agree(c.pin, c.true_pin) && true_settings_agree(c.proc, c.true_proc) &&
                                  true_settings_agree(c.exit, c.true_exit) &&
                                  true_settings_agree(c.entry, c.true_entry)),
        // IA32_TME_ACTIVATE[39:36] takes bits from the physical address; at least 32 are left.
        (extend<8>(Bits<64>{s.msr.tme_activate}.slice<39, 36>()) <= p.maxphyaddr - 32),
    });
}

Bool consistent_mode(const State& s) {
    const auto& before = s.before;
    return all_of({
        // SDM 26.8 and volume 3A 2.2.1: VMX root operation has protection and paging on; LMA = LME & PG; LMA needs PAE.
        before.cr0.pe && before.cr0.pg && before.cr4.vmxe,
        before.efer.lma == (before.efer.lme && before.cr0.pg),
        before.efer.lma >> before.cr4.pae,
        before.efer.lme >> s.processor.intel64,
    });
}

}  // namespace vmxspec
