/// The MSRs that L1 does not have to itself. All others it reads and writes without a VM exit where the MSR bitmaps
/// have a bit for them, and through the hypervisor unchanged where they have none (SDM 27.6.9).
#pragma once

#include <array>
#include <cstdint>

namespace vmxspec::hv {

/// What becomes of an access.
enum class MsrAccess : std::uint8_t {
    pass,             ///< as if the hypervisor were not there
    fault,            ///< #GP(0): L1's processor has no such register, or it is locked
    feature_control,  ///< RDMSR: locked, VMX and SMX off
    vmx_capability,   ///< RDMSR: what hv/nested offers, if L1 has VMX
    ignore,           ///< WRMSR: done, without effect
    memory_type,      ///< WRMSR: as if, and the memory types of the EPT follow
};

struct MsrRow {
    std::uint32_t first, last;
    MsrAccess read, write;
};

/// In the order of the numbers (SDM volume 4, table 2-2).
inline constexpr auto msr_rows = std::array{
    MsrRow{0x3a, 0x3a, MsrAccess::feature_control, MsrAccess::fault},  // IA32_FEATURE_CONTROL
    // IA32_BIOS_UPDT_TRIG: an update's address is L1's, and a processor under a hypervisor keeps its
    // microcode.
    MsrRow{0x79, 0x79, MsrAccess::pass, MsrAccess::ignore},
    MsrRow{0x9b, 0x9b, MsrAccess::fault, MsrAccess::fault},             // IA32_SMM_MONITOR_CTL: with VMX only
    MsrRow{0x200, 0x21f, MsrAccess::pass, MsrAccess::memory_type},      // IA32_MTRR_PHYSBASE0 to PHYSMASK15
    MsrRow{0x250, 0x250, MsrAccess::pass, MsrAccess::memory_type},      // IA32_MTRR_FIX64K_00000
    MsrRow{0x258, 0x259, MsrAccess::pass, MsrAccess::memory_type},      // IA32_MTRR_FIX16K_80000, A0000
    MsrRow{0x268, 0x26f, MsrAccess::pass, MsrAccess::memory_type},      // IA32_MTRR_FIX4K_C0000 to F8000
    MsrRow{0x2ff, 0x2ff, MsrAccess::pass, MsrAccess::memory_type},      // IA32_MTRR_DEF_TYPE
    MsrRow{0x480, 0x493, MsrAccess::vmx_capability, MsrAccess::fault},  // IA32_VMX_BASIC to IA32_VMX_EXIT_CTLS2
};

/// What becomes of RDMSR (or else WRMSR) of an MSR.
[[nodiscard]] constexpr MsrAccess msr_access(std::uint32_t index, bool is_read) {
    for (const MsrRow& row : msr_rows) {
        if (index >= row.first && index <= row.last) {
            return is_read ? row.read : row.write;
        }
    }
    return MsrAccess::pass;
}

inline constexpr std::size_t msr_bitmap_size = 4096;

/// Sets the bits of the rows in MSR bitmaps that are all zeros: reads of 0 to 1FFFH are bytes 0 to 3FFH, writes are
/// those from 800H on (SDM 27.6.9).
constexpr void fill_msr_bitmap(std::uint8_t* bitmap) {
    constexpr std::size_t write_low = 0x800;
    constexpr std::uint32_t low_end = 0x2000;
    for (const MsrRow& row : msr_rows) {
        for (std::uint32_t index = row.first; index <= row.last && index < low_end; ++index) {
            const auto bit = static_cast<std::uint8_t>(1U << (index & 7));
            if (row.read != MsrAccess::pass) {
                bitmap[index / 8] = static_cast<std::uint8_t>(bitmap[index / 8] | bit);
            }
            if (row.write != MsrAccess::pass) {
                std::uint8_t& byte = bitmap[write_low + index / 8];
                byte = static_cast<std::uint8_t>(byte | bit);
            }
        }
    }
}

/// IA32_FEATURE_CONTROL as L1 reads it: locked, with SMX off, and VMX as L1 has it (SDM 26.7); the rest is the
/// processor's.
[[nodiscard]] constexpr std::uint64_t shown_feature_control(std::uint64_t real, bool has_vmx) {
    constexpr std::uint64_t lock = 1, vmx_outside_smx = 1U << 2;
    constexpr std::uint64_t vmx_and_smx = 0xff06;  // bits 2:1, and SENTER's enables 15:8
    return (real & ~vmx_and_smx) | lock | (has_vmx ? vmx_outside_smx : 0);
}

}  // namespace vmxspec::hv
