#include "spec/load/wrmsr.hpp"

#include "spec/entry/conditions.hpp"
#include "spec/entry/reserved_bits.hpp"

namespace vmxspec::load {

namespace {

constexpr Citation architectural{"2.1", "Architectural MSRs", "4"};
constexpr Citation mtrrs{"14.11.2", "Setting Memory Ranges with MTRRs", "3A"};
constexpr Citation capabilities{"A", "VMX Capability Reporting Facility", "3D"};
constexpr Citation canonicality{"4.5", "Canonicality", "3A"};

/// Each byte of the value is a memory type that MTRRs take: 0, 1, 4, 5 or 6.
Bool mtrr_types(Bits<64> value) {
    constexpr std::uint64_t each_byte = 0x0101'0101'0101'0101;
    const Bits<64> upper = value & (each_byte * 0xf8);
    const Bits<64> two_or_three = (value >> 1) & (~value >> 2) & each_byte;
    const Bits<64> seven = value & (value >> 1) & (value >> 2) & each_byte;
    return upper == 0 && two_or_three == 0 && seven == 0;
}

/// IA32_MTRR_PHYSBASEn (even index): a type, bits 11:8 0. IA32_MTRR_PHYSMASKn (odd): bits 10:0 0. Both within the
/// width.
Bool variable_range(const State& s) {
    const Bits<64> data = s.msr_entry.data;
    const Bool base = mtrr_types(data & 0xff) && (data & 0xf00) == 0;
    const Bool mask = (data & 0x7ff) == 0;
    const Bool is_mask = s.msr_entry.index[0];
    return entry::within_physical_width(s, data) && (is_mask || base) && (!is_mask || mask);
}

}  // namespace

std::vector<MsrRow> wrmsr_table(const State& s) {
    const auto& [p, cap] = std::tie(s.processor, s.msr);
    const Bits<64> data = s.msr_entry.data;
    const Bits<32> index = s.msr_entry.index;
    const Bool any = constant(s.graph(), true);
    const Bool never = constant(s.graph(), false);
    const Bool open = s.msr_entry.unlisted_accepted;
    const auto zero = [&](std::uint64_t reserved) { return (data & reserved) == 0; };
    const auto none_of = [&](Bits<64> reserved) { return (data & reserved) == 0; };
    const Bool is_canonical = entry::canonical(s, data);
    const Bool canonical_if_64 = p.intel64 >> is_canonical;
    const Bool fixed_mtrrs = p.mtrr && cap.mtrrcap[8];
    const Bool has_range = p.mtrr && ((index - 0x200) >> 1) < extend<32>(cap.mtrrcap.slice<7, 0>());
    const auto has_lbr = [&](std::uint32_t base) { return (index - base) < extend<32>(s.trait.lbr_pairs); };
    const Bool has_xsaves = p.xsaves;
    const Bits<64> xss_supported = extend<64>(p.xss_low) | (extend<64>(p.xss_high) << 32);
    // Bits that Table 2-2 defines; the others are the model's own.
    constexpr std::uint64_t misc_enable = 1ULL | 1ULL << 3 | 1ULL << 7 | 1ULL << 11 | 1ULL << 12 | 1ULL << 16 |
                                          1ULL << 18 | 1ULL << 22 | 1ULL << 23 | 1ULL << 34;

    // clang-format off
    return {
        {0x00000048, 0x00000048, "IA32_SPEC_CTRL",           p.ibrs || p.stibp || p.ssbd, none_of(entry::spec_ctrl_reserved(s)), architectural},
        {0x00000079, 0x00000079, "IA32_BIOS_UPDT_TRIG",      any,           any,                                       architectural},
        {0x0000009b, 0x0000009b, "IA32_SMM_MONITOR_CTL",     any,           open,                                      architectural},
        {0x000000fe, 0x000000fe, "IA32_MTRRCAP",             p.mtrr,        never,                                     architectural},
        {0x00000122, 0x00000122, "IA32_TSX_CTRL",            p.has_arch_capabilities && cap.arch_capabilities[7], zero(~3ULL), architectural},
        {0x00000174, 0x00000174, "IA32_SYSENTER_CS",         p.sep,         any,                                       architectural},
        {0x00000175, 0x00000175, "IA32_SYSENTER_ESP",        p.sep,         canonical_if_64,                           canonicality},
        {0x00000176, 0x00000176, "IA32_SYSENTER_EIP",        p.sep,         canonical_if_64,                           canonicality},
        {0x000001a0, 0x000001a0, "IA32_MISC_ENABLE",         any,           zero(~misc_enable) || open,                architectural},
        {0x000001d9, 0x000001d9, "IA32_DEBUGCTL",            any,           none_of(entry::debugctl_reserved(s)),      architectural},
        {0x00000200, 0x0000021f, "IA32_MTRR_PHYSBASE/MASK",  has_range,     variable_range(s),                         mtrrs},
        {0x00000250, 0x00000250, "IA32_MTRR_FIX64K_00000",   fixed_mtrrs,   mtrr_types(data),                          mtrrs},
        {0x00000258, 0x00000259, "IA32_MTRR_FIX16K",         fixed_mtrrs,   mtrr_types(data),                          mtrrs},
        {0x00000268, 0x0000026f, "IA32_MTRR_FIX4K",          fixed_mtrrs,   mtrr_types(data),                          mtrrs},
        {0x00000277, 0x00000277, "IA32_PAT",                 p.pat,         entry::pat_memory_types(data),             architectural},
        {0x000002ff, 0x000002ff, "IA32_MTRR_DEF_TYPE",       p.mtrr,        mtrr_types(data & 0xff) && zero(~0xcffULL), mtrrs},
        {0x0000038f, 0x0000038f, "IA32_PERF_GLOBAL_CTRL",    p.perfmon_version > 1, none_of(entry::perf_global_ctrl_reserved(s)), architectural},
        {0x00000480, 0x00000493, "VMX capability MSR",       any,           never,                                     capabilities},
        {0x00000680, 0x0000069f, "MSR_LASTBRANCH_n_FROM_IP", has_lbr(0x680), is_canonical || open,                     canonicality},
        {0x000006c0, 0x000006df, "MSR_LASTBRANCH_n_TO_IP",   has_lbr(0x6c0), is_canonical || open,                     canonicality},
        {0x00000800, 0x000008ff, "x2APIC register",          any,           any,                                       architectural},
        {0x00000d90, 0x00000d90, "IA32_BNDCFGS",             p.mpx,         zero(0xffc) && is_canonical,               architectural},
        {0x00000da0, 0x00000da0, "IA32_XSS",                 has_xsaves,    none_of(~xss_supported),                   architectural},
        {0xc0000080, 0xc0000080, "IA32_EFER",                p.syscall || p.nx || p.intel64, any,                      architectural},
        {0xc0000081, 0xc0000081, "IA32_STAR",                p.intel64,     any,                                       architectural},
        {0xc0000082, 0xc0000082, "IA32_LSTAR",               p.intel64,     is_canonical,                              canonicality},
        {0xc0000083, 0xc0000083, "IA32_CSTAR",               p.intel64,     is_canonical,                              canonicality},
        {0xc0000084, 0xc0000084, "IA32_FMASK",               p.intel64,     zero(~0xffffffffULL) || open,              architectural},
        {0xc0000100, 0xc0000101, "IA32_FS_BASE, IA32_GS_BASE", p.intel64,   any,                                       canonicality},
        {0xc0000102, 0xc0000102, "IA32_KERNEL_GS_BASE",      p.intel64,     is_canonical,                              canonicality},
        {0xc0000103, 0xc0000103, "IA32_TSC_AUX",             p.rdtscp || p.rdpid, zero(~0xffffffffULL),                architectural},
    };
    // clang-format on
}

Bool covers(const MsrRow& row, Bits<32> index) {
    if (row.first == row.last) return index == row.first;
    return index >= row.first && index <= row.last;
}

namespace {

/// The row of the entry's MSR allows it; without a row, `unlisted` does.
template <class Allows>
Bool by_row(const State& s, const std::vector<MsrRow>& table, Bool unlisted, Allows allows) {
    Bool listed = constant(s.graph(), false);
    Bool accepted = constant(s.graph(), true);
    for (const MsrRow& row : table) {
        const Bool here = covers(row, s.msr_entry.index);
        listed = listed || here;
        accepted = accepted && (here >> allows(row));
    }
    return accepted && (listed || unlisted);
}

}  // namespace

Bool wrmsr_accepts(const State& s, const std::vector<MsrRow>& table) {
    return by_row(s, table, s.msr_entry.unlisted_accepted, [](const MsrRow& row) { return row.exists && row.accepts; });
}

Bool rdmsr_accepts(const State& s, const std::vector<MsrRow>& table) {
    return by_row(s, table, s.exiting.unlisted_readable, [](const MsrRow& row) { return row.exists; });
}

}  // namespace vmxspec::load
