/// Encodings of the VMCS fields that the probe writes or reads, in the order of SDM appendix B.
#pragma once

#include <cstdint>

namespace vmxspec::probe {

enum class Field : std::uint16_t {
    // 16-bit guest state (B.1.2)
    guest_es_selector = 0x0800,  // ES, CS, SS, DS, FS, GS, LDTR, TR: 2 apart
    // 16-bit host state (B.1.3)
    host_es_selector = 0x0c00,
    host_cs_selector = 0x0c02,
    host_ss_selector = 0x0c04,
    host_ds_selector = 0x0c06,
    host_fs_selector = 0x0c08,
    host_gs_selector = 0x0c0a,
    host_tr_selector = 0x0c0c,
    // 64-bit control (B.2.1)
    io_bitmap_a = 0x2000,
    io_bitmap_b = 0x2002,
    msr_bitmap = 0x2004,
    exit_msr_store_address = 0x2006,
    exit_msr_load_address = 0x2008,
    entry_msr_load_address = 0x200a,
    pml_address = 0x200e,
    tsc_offset = 0x2010,
    virtual_apic_address = 0x2012,
    apic_access_address = 0x2014,
    posted_interrupt_descriptor = 0x2016,
    eptp = 0x201a,
    vmread_bitmap = 0x2026,
    vmwrite_bitmap = 0x2028,
    virtualization_exception_information = 0x202a,
    // 64-bit guest state (B.2.3)
    vmcs_link_pointer = 0x2800,
    guest_ia32_debugctl = 0x2802,
    // 32-bit control (B.3.1)
    pin_based_controls = 0x4000,
    processor_based_controls = 0x4002,
    exception_bitmap = 0x4004,
    page_fault_error_code_mask = 0x4006,
    page_fault_error_code_match = 0x4008,
    cr3_target_count = 0x400a,
    exit_controls = 0x400c,
    exit_msr_store_count = 0x400e,
    exit_msr_load_count = 0x4010,
    entry_controls = 0x4012,
    entry_msr_load_count = 0x4014,
    entry_interruption_information = 0x4016,
    entry_exception_error_code = 0x4018,
    entry_instruction_length = 0x401a,
    // 32-bit read-only (B.3.2)
    vm_instruction_error = 0x4400,
    exit_reason = 0x4402,
    // 32-bit guest state (B.3.3)
    guest_es_limit = 0x4800,  // and the other segments
    guest_gdtr_limit = 0x4810,
    guest_idtr_limit = 0x4812,
    guest_es_access_rights = 0x4814,  // and the other segments
    guest_interruptibility_state = 0x4824,
    guest_activity_state = 0x4826,
    guest_ia32_sysenter_cs = 0x482a,
    // 32-bit host state (B.3.4)
    host_ia32_sysenter_cs = 0x4c00,
    // natural-width control (B.4.1)
    cr0_guest_host_mask = 0x6000,
    cr4_guest_host_mask = 0x6002,
    cr0_read_shadow = 0x6004,
    cr4_read_shadow = 0x6006,
    // natural-width read-only (B.4.2)
    exit_qualification = 0x6400,
    // natural-width guest state (B.4.3)
    guest_cr0 = 0x6800,
    guest_cr3 = 0x6802,
    guest_cr4 = 0x6804,
    guest_es_base = 0x6806,  // and the other segments
    guest_gdtr_base = 0x6816,
    guest_idtr_base = 0x6818,
    guest_dr7 = 0x681a,
    guest_rsp = 0x681c,
    guest_rip = 0x681e,
    guest_rflags = 0x6820,
    guest_pending_debug_exceptions = 0x6822,
    guest_ia32_sysenter_esp = 0x6824,
    guest_ia32_sysenter_eip = 0x6826,
    // natural-width host state (B.4.4)
    host_cr0 = 0x6c00,
    host_cr3 = 0x6c02,
    host_cr4 = 0x6c04,
    host_fs_base = 0x6c06,
    host_gs_base = 0x6c08,
    host_tr_base = 0x6c0a,
    host_gdtr_base = 0x6c0c,
    host_idtr_base = 0x6c0e,
    host_ia32_sysenter_esp = 0x6c10,
    host_ia32_sysenter_eip = 0x6c12,
    host_rsp = 0x6c14,
    host_rip = 0x6c16,
};

/// The number that VMREAD and VMWRITE take.
[[nodiscard]] constexpr std::uint16_t encoding(Field field) { return static_cast<std::uint16_t>(field); }

/// Whether software does not write it: bits 11:10 of the encoding are 1 (SDM Table 27-22).
[[nodiscard]] constexpr bool is_read_only(Field field) { return (encoding(field) >> 10 & 3) == 1; }

/// Whether it is guest state: bits 11:10 are 2.
[[nodiscard]] constexpr bool is_guest_state(Field field) { return (encoding(field) >> 10 & 3) == 2; }

/// The field of segment register `n` (0 ES, 1 CS, 2 SS, 3 DS, 4 FS, 5 GS, 6 LDTR, 7 TR), from that of ES.
[[nodiscard]] constexpr Field of_segment(Field es, unsigned n) { return static_cast<Field>(encoding(es) + 2 * n); }

/// Control bits, and one of CR4, that the probe asks for by name (SDM 27.6.2, 27.7.1, 27.8.1).
namespace control {
inline constexpr std::uint64_t preemption_timer = 1U << 6;         // pin-based
inline constexpr std::uint64_t use_msr_bitmaps = 1U << 28;         // processor-based
inline constexpr std::uint64_t host_address_space_size = 1U << 9;  // exit
inline constexpr std::uint64_t save_debug_controls = 1U << 2;      // exit
inline constexpr std::uint64_t save_pat = 1U << 18;                // exit
inline constexpr std::uint64_t save_efer = 1U << 20;               // exit
inline constexpr std::uint64_t ia32e_mode_guest = 1U << 9;         // entry
inline constexpr std::uint64_t cr4_pse = 1U << 4;
inline constexpr std::uint64_t cr4_pae = 1U << 5;
}  // namespace control

}  // namespace vmxspec::probe
