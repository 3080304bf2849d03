/// MOV to CR0 as the processor would do it (SDM volume 3, section 2.5; volume 2, MOV to control registers).
#pragma once

#include <cstdint>

namespace vmxspec::hv {

namespace cr0 {
inline constexpr std::uint64_t pe = 1, mp = 1U << 1, em = 1U << 2, ts = 1U << 3, et = 1U << 4, ne = 1U << 5;
inline constexpr std::uint64_t wp = 1U << 16, nw = 1U << 29, cd = 1U << 30, pg = std::uint64_t{1} << 31;
}  // namespace cr0

namespace cr4 {
inline constexpr std::uint64_t pse = 1U << 4, pae = 1U << 5, pge = 1U << 7, la57 = 1U << 12, vmxe = 1U << 13;
inline constexpr std::uint64_t smxe = 1U << 14, pcide = 1U << 17, smep = 1U << 20, smap = 1U << 21, cet = 1U << 23;
}  // namespace cr4

namespace efer {
inline constexpr std::uint64_t lme = 1U << 8, lma = 1U << 10;
}  // namespace efer

/// What decides whether a value for CR0 is good.
struct ControlState {
    std::uint64_t cr0;  ///< as L1 reads it
    std::uint64_t cr4, efer;
    bool cs_l;           ///< CS.L
    bool tss_is_16_bit;  ///< TR holds a 16-bit TSS
};

/// What a MOV to CR0 that does not fault changes besides CR0.
struct Cr0Effect {
    bool fault;          ///< #GP(0), and nothing else
    std::uint64_t efer;  ///< IA32_EFER, with LMA as paging has it now
    bool load_pdptes;    ///< PAE paging: PDPTEs are loaded from where CR3 points to
    bool forget_translations;
};

/// The effect of loading `value` into CR0.
[[nodiscard]] constexpr Cr0Effect load_cr0(const ControlState& state, std::uint64_t value) {
    constexpr Cr0Effect faults{true, 0, false, false};
    const bool paging = (value & cr0::pg) != 0;
    const bool paged = (state.cr0 & cr0::pg) != 0;
    if ((value >> 32) != 0 || (paging && (value & cr0::pe) == 0) ||
        ((value & cr0::nw) != 0 && (value & cr0::cd) == 0) || ((value & cr0::wp) == 0 && (state.cr4 & cr4::cet) != 0)) {
        return faults;
    }
    const bool pae = (state.cr4 & cr4::pae) != 0;
    std::uint64_t new_efer = state.efer;
    if (paging && !paged && (state.efer & efer::lme) != 0) {
        if (!pae || state.cs_l || state.tss_is_16_bit) {
            return faults;
        }
        new_efer |= efer::lma;
    }
    if (!paging && paged) {
        const bool bits64 = (state.efer & efer::lma) != 0 && state.cs_l;
        if (bits64 || (state.cr4 & cr4::pcide) != 0) {
            return faults;
        }
        new_efer &= ~efer::lma;
    }
    // SDM volume 3, section 5.4.1: a change of PG, and with PAE paging one of CD or NW too, loads the PDPTEs.
    const std::uint64_t changed = state.cr0 ^ value;
    const bool load_pdptes =
        paging && pae && (new_efer & efer::lma) == 0 && (changed & (cr0::pg | cr0::cd | cr0::nw)) != 0;
    return {false, new_efer, load_pdptes, (changed & (cr0::pg | cr0::wp | cr0::pe)) != 0};
}

/// What a MOV to CR4 that does not fault changes besides CR4.
struct Cr4Effect {
    bool fault;  ///< #GP(0), and nothing else
    bool load_pdptes;
    bool forget_translations;
};

/// The effect of loading `value` into CR4 of a processor that has the bits `supported`. `cr3` matters to CR4.PCIDE.
[[nodiscard]] constexpr Cr4Effect load_cr4(const ControlState& state, std::uint64_t value, std::uint64_t supported,
                                           std::uint64_t cr3) {
    constexpr std::uint64_t of_translation =
        cr4::pse | cr4::pae | cr4::pge | cr4::la57 | cr4::pcide | cr4::smep | cr4::smap;
    constexpr std::uint64_t pcid = 0xfff;
    const std::uint64_t changed = state.cr4 ^ value;
    const bool long_mode = (state.efer & efer::lma) != 0;
    const bool sets_pcide = (changed & value & cr4::pcide) != 0;
    if ((value & ~supported) != 0 || (long_mode && ((value & cr4::pae) == 0 || (changed & cr4::la57) != 0)) ||
        (sets_pcide && (!long_mode || (cr3 & pcid) != 0)) || ((value & cr4::cet) != 0 && (state.cr0 & cr0::wp) == 0)) {
        return {true, false, false};
    }
    // SDM volume 3, section 5.4.1.
    const bool load_pdptes = (state.cr0 & cr0::pg) != 0 && (value & cr4::pae) != 0 && !long_mode &&
                             (changed & (cr4::pae | cr4::pge | cr4::pse | cr4::smep)) != 0;
    return {false, load_pdptes, (changed & of_translation) != 0};
}

/// LMSW sets the low four bits of CR0, but cannot clear PE.
[[nodiscard]] constexpr std::uint64_t loaded_by_lmsw(std::uint64_t old, std::uint64_t source) {
    constexpr std::uint64_t status = cr0::pe | cr0::mp | cr0::em | cr0::ts;
    return (old & ~(status & ~cr0::pe)) | (source & status);
}

/// Whether a PDPTE that is present has a reserved bit (SDM table 5-8): bits 2:1, 8:5, and those above the
/// physical-address width.
[[nodiscard]] constexpr bool pdpte_faults(std::uint64_t pdpte, unsigned physical_address_width) {
    constexpr std::uint64_t reserved = 0x1e6;
    return (pdpte & 1) != 0 && ((pdpte & reserved) != 0 || (pdpte >> physical_address_width) != 0);
}

}  // namespace vmxspec::hv
