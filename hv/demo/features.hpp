/// Features by CPUID, and MSRs and control-register bits by their SDM names, which more than one check needs.
#pragma once

#include <cstdint>

#include "runtime/cpu/cpuid.hpp"

namespace vmxspec::demo {

enum class CpuidRegister : std::uint8_t { eax, ebx, ecx, edx };

struct Feature {
    std::uint32_t leaf;
    CpuidRegister where;
    unsigned bit;
};

namespace feature {
inline constexpr Feature vmx{1, CpuidRegister::ecx, 5}, smx{1, CpuidRegister::ecx, 6}, pcid{1, CpuidRegister::ecx, 17},
    xsave{1, CpuidRegister::ecx, 26}, osxsave{1, CpuidRegister::ecx, 27}, apic{1, CpuidRegister::edx, 9},
    pat{1, CpuidRegister::edx, 16}, mtrr{1, CpuidRegister::edx, 12}, vme{1, CpuidRegister::edx, 1},
    fsgsbase{7, CpuidRegister::ebx, 0}, smep{7, CpuidRegister::ebx, 7}, invpcid{7, CpuidRegister::ebx, 10},
    smap{7, CpuidRegister::ebx, 20}, umip{7, CpuidRegister::ecx, 2}, pku{7, CpuidRegister::ecx, 3},
    cet_ss{7, CpuidRegister::ecx, 7}, la57{7, CpuidRegister::ecx, 16}, pks{7, CpuidRegister::ecx, 31},
    cet_ibt{7, CpuidRegister::edx, 20}, syscall{0x8000'0001, CpuidRegister::edx, 11},
    nx{0x8000'0001, CpuidRegister::edx, 20}, rdtscp{0x8000'0001, CpuidRegister::edx, 27};
}  // namespace feature

/// Whether CPUID shows it now: some follow control registers and the mode.
[[nodiscard]] inline bool has(const Feature& feature) {
    if (!runtime::cpuid_has(feature.leaf)) {
        return false;
    }
    const runtime::CpuidResult r = runtime::cpuid(feature.leaf);
    const std::uint32_t value = feature.where == CpuidRegister::eax   ? r.eax
                                : feature.where == CpuidRegister::ebx ? r.ebx
                                : feature.where == CpuidRegister::ecx ? r.ecx
                                                                      : r.edx;
    return (value >> feature.bit & 1) != 0;
}

namespace cr0 {
inline constexpr std::uint64_t pe = 1, mp = 1U << 1, em = 1U << 2, ts = 1U << 3, et = 1U << 4, ne = 1U << 5;
inline constexpr std::uint64_t wp = 1U << 16, nw = 1U << 29, cd = 1U << 30, pg = std::uint64_t{1} << 31;
}  // namespace cr0

namespace cr4 {
inline constexpr std::uint64_t vme = 1, tsd = 1U << 2, pse = 1U << 4, pae = 1U << 5, vmxe = 1U << 13, smxe = 1U << 14,
                               osxsave = 1U << 18;
}  // namespace cr4

namespace efer {
inline constexpr std::uint64_t sce = 1, lme = 1U << 8, lma = 1U << 10, nxe = 1U << 11;
}  // namespace efer

namespace msr {
inline constexpr std::uint32_t ia32_tsc = 0x10, ia32_apic_base = 0x1b, ia32_feature_control = 0x3a, ia32_mtrrcap = 0xfe,
                               ia32_sysenter_cs = 0x174, ia32_sysenter_esp = 0x175, ia32_sysenter_eip = 0x176,
                               ia32_pat = 0x277, ia32_mtrr_def_type = 0x2ff, ia32_vmx_basic = 0x480,
                               ia32_efer = 0xc000'0080, ia32_star = 0xc000'0081, ia32_lstar = 0xc000'0082,
                               ia32_fs_base = 0xc000'0100, ia32_gs_base = 0xc000'0101,
                               ia32_kernel_gs_base = 0xc000'0102;

/// Written to IA32_MTRR_DEF_TYPE, a reserved type: #GP, on any processor and emulator.
inline constexpr std::uint32_t bad_type = 3;
}  // namespace msr

}  // namespace vmxspec::demo
