/// Encodings of the VMCS fields that the hypervisor writes or reads, in the order of SDM appendix B.
#pragma once

#include <cstdint>

namespace vmxspec::hv {

enum class Field : std::uint16_t {
    // 16-bit control (B.1.1)
    vpid = 0x0000,
    // 16-bit guest state (B.1.2)
    guest_es_selector = 0x0800,  // ES, CS, SS, DS, FS, GS, LDTR, TR: 2 apart
    guest_cs_selector = 0x0802,
    guest_ss_selector = 0x0804,
    guest_ds_selector = 0x0806,
    guest_fs_selector = 0x0808,
    guest_gs_selector = 0x080a,
    guest_ldtr_selector = 0x080c,
    guest_tr_selector = 0x080e,
    guest_interrupt_status = 0x0810,
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
    exit_msr_store = 0x2006,
    exit_msr_load = 0x2008,
    entry_msr_load = 0x200a,
    tsc_offset = 0x2010,
    virtual_apic_address = 0x2012,
    apic_access_address = 0x2014,
    eptp = 0x201a,
    eoi_exit_bitmap0 = 0x201c,  // to 3: 2 apart
    vmread_bitmap = 0x2026,
    vmwrite_bitmap = 0x2028,
    xss_exiting_bitmap = 0x202c,
    tsc_multiplier = 0x2032,
    pconfig_exiting_bitmap = 0x203e,
    // 64-bit read-only (B.2.2)
    guest_physical_address = 0x2400,
    // 64-bit guest state (B.2.3)
    vmcs_link_pointer = 0x2800,
    guest_ia32_debugctl = 0x2802,
    guest_ia32_pat = 0x2804,
    guest_ia32_efer = 0x2806,
    guest_ia32_perf_global_ctrl = 0x2808,
    guest_pdpte0 = 0x280a,  // to PDPTE 3: 2 apart
    guest_ia32_bndcfgs = 0x2812,
    // 64-bit host state (B.2.4)
    host_ia32_pat = 0x2c00,
    host_ia32_efer = 0x2c02,
    host_ia32_perf_global_ctrl = 0x2c04,
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
    tpr_threshold = 0x401c,
    secondary_controls = 0x401e,
    ple_gap = 0x4020,
    ple_window = 0x4022,
    // 32-bit read-only (B.3.2)
    vm_instruction_error = 0x4400,
    exit_reason = 0x4402,
    exit_interruption_information = 0x4404,
    exit_interruption_error_code = 0x4406,
    idt_vectoring_information = 0x4408,
    idt_vectoring_error_code = 0x440a,
    exit_instruction_length = 0x440c,
    exit_instruction_information = 0x440e,
    // 32-bit guest state (B.3.3)
    guest_es_limit = 0x4800,
    guest_cs_limit = 0x4802,
    guest_ss_limit = 0x4804,
    guest_ds_limit = 0x4806,
    guest_fs_limit = 0x4808,
    guest_gs_limit = 0x480a,
    guest_ldtr_limit = 0x480c,
    guest_tr_limit = 0x480e,
    guest_gdtr_limit = 0x4810,
    guest_idtr_limit = 0x4812,
    guest_es_access_rights = 0x4814,
    guest_cs_access_rights = 0x4816,
    guest_ss_access_rights = 0x4818,
    guest_ds_access_rights = 0x481a,
    guest_fs_access_rights = 0x481c,
    guest_gs_access_rights = 0x481e,
    guest_ldtr_access_rights = 0x4820,
    guest_tr_access_rights = 0x4822,
    guest_interruptibility_state = 0x4824,
    guest_activity_state = 0x4826,
    guest_ia32_sysenter_cs = 0x482a,
    guest_preemption_timer = 0x482e,
    // 32-bit host state (B.3.4)
    host_ia32_sysenter_cs = 0x4c00,
    // natural-width control (B.4.1)
    cr0_guest_host_mask = 0x6000,
    cr4_guest_host_mask = 0x6002,
    cr0_read_shadow = 0x6004,
    cr4_read_shadow = 0x6006,
    cr3_target0 = 0x6008,  // to 3: 2 apart
    // natural-width read-only (B.4.2)
    exit_qualification = 0x6400,
    io_rcx = 0x6402,
    io_rsi = 0x6404,
    io_rdi = 0x6406,
    io_rip = 0x6408,
    guest_linear_address = 0x640a,
    // natural-width guest state (B.4.3)
    guest_cr0 = 0x6800,
    guest_cr3 = 0x6802,
    guest_cr4 = 0x6804,
    guest_es_base = 0x6806,
    guest_cs_base = 0x6808,
    guest_ss_base = 0x680a,
    guest_ds_base = 0x680c,
    guest_fs_base = 0x680e,
    guest_gs_base = 0x6810,
    guest_ldtr_base = 0x6812,
    guest_tr_base = 0x6814,
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
[[nodiscard]] constexpr std::uint64_t encoding(Field field) { return static_cast<std::uint64_t>(field); }

/// The field of segment register or PDPTE `n`, from the first one's.
[[nodiscard]] constexpr Field nth(Field first, unsigned n) {
    return static_cast<Field>(static_cast<unsigned>(first) + 2 * n);
}

}  // namespace vmxspec::hv
