// Named bits of the VMX control words, in the order of the manual's tables. A row is the bit's number, its name in
// the manual and its member name; what a member is, the interpretation I decides. Cited: SDM 27.6 to 27.8.
#pragma once

#include "spec/lang/text.hpp"

#include <boost/hana/define_struct.hpp>

namespace vmxspec {

// clang-format off

/// Table 27-5, pin-based VM-execution controls.
template <class I>
struct PinBased {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(PinBased,
        (B<0, "external-interrupt exiting">, external_interrupt_exiting),
        (B<3, "NMI exiting">, nmi_exiting),
        (B<5, "virtual NMIs">, virtual_nmis),
        (B<6, "activate VMX-preemption timer">, activate_preemption_timer),
        (B<7, "process posted interrupts">, process_posted_interrupts));
};

/// Table 27-6, primary processor-based VM-execution controls.
template <class I>
struct ProcessorBased {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(ProcessorBased,
        (B<2, "interrupt-window exiting">, interrupt_window_exiting),
        (B<3, "use TSC offsetting">, use_tsc_offsetting),
        (B<7, "HLT exiting">, hlt_exiting),
        (B<9, "INVLPG exiting">, invlpg_exiting),
        (B<10, "MWAIT exiting">, mwait_exiting),
        (B<11, "RDPMC exiting">, rdpmc_exiting),
        (B<12, "RDTSC exiting">, rdtsc_exiting),
        (B<15, "CR3-load exiting">, cr3_load_exiting),
        (B<16, "CR3-store exiting">, cr3_store_exiting),
        (B<17, "activate tertiary controls">, activate_tertiary),
        (B<19, "CR8-load exiting">, cr8_load_exiting),
        (B<20, "CR8-store exiting">, cr8_store_exiting),
        (B<21, "use TPR shadow">, use_tpr_shadow),
        (B<22, "NMI-window exiting">, nmi_window_exiting),
        (B<23, "MOV-DR exiting">, mov_dr_exiting),
        (B<24, "unconditional I/O exiting">, unconditional_io_exiting),
        (B<25, "use I/O bitmaps">, use_io_bitmaps),
        (B<27, "monitor trap flag">, monitor_trap_flag),
        (B<28, "use MSR bitmaps">, use_msr_bitmaps),
        (B<29, "MONITOR exiting">, monitor_exiting),
        (B<30, "PAUSE exiting">, pause_exiting),
        (B<31, "activate secondary controls">, activate_secondary));
};

/// Table 27-7, secondary processor-based VM-execution controls.
template <class I>
struct ProcessorBased2 {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(ProcessorBased2,
        (B<0, "virtualize APIC accesses">, virtualize_apic_accesses),
        (B<1, "enable EPT">, enable_ept),
        (B<2, "descriptor-table exiting">, descriptor_table_exiting),
        (B<3, "enable RDTSCP">, enable_rdtscp),
        (B<4, "virtualize x2APIC mode">, virtualize_x2apic_mode),
        (B<5, "enable VPID">, enable_vpid),
        (B<6, "WBINVD exiting">, wbinvd_exiting),
        (B<7, "unrestricted guest">, unrestricted_guest),
        (B<8, "APIC-register virtualization">, apic_register_virtualization),
        (B<9, "virtual-interrupt delivery">, virtual_interrupt_delivery),
        (B<10, "PAUSE-loop exiting">, pause_loop_exiting),
        (B<11, "RDRAND exiting">, rdrand_exiting),
        (B<12, "enable INVPCID">, enable_invpcid),
        (B<13, "enable VM functions">, enable_vm_functions),
        (B<14, "VMCS shadowing">, vmcs_shadowing),
        (B<15, "enable ENCLS exiting">, enable_encls_exiting),
        (B<16, "RDSEED exiting">, rdseed_exiting),
        (B<17, "enable PML">, enable_pml),
        (B<18, "EPT-violation #VE">, ept_violation_ve),
        (B<19, "conceal VMX from PT">, conceal_vmx_from_pt),
        (B<20, "enable XSAVES/XRSTORS">, enable_xsaves),
        (B<21, "PASID translation">, pasid_translation),
        (B<22, "mode-based execute control for EPT">, mode_based_execute),
        (B<23, "sub-page write permissions for EPT">, sub_page_write),
        (B<24, "Intel PT uses guest physical addresses">, pt_uses_guest_physical),
        (B<25, "use TSC scaling">, use_tsc_scaling),
        (B<26, "enable user wait and pause">, enable_user_wait),
        (B<27, "enable PCONFIG">, enable_pconfig),
        (B<28, "enable ENCLV exiting">, enable_enclv_exiting),
        (B<30, "VMM bus-lock detection">, bus_lock_detection),
        (B<31, "instruction timeout">, instruction_timeout));
};

/// Table 27-8, tertiary processor-based VM-execution controls.
template <class I>
struct ProcessorBased3 {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(ProcessorBased3,
        (B<0, "LOADIWKEY exiting">, loadiwkey_exiting),
        (B<1, "enable HLAT">, enable_hlat),
        (B<2, "EPT paging-write control">, ept_paging_write),
        (B<3, "guest-paging verification">, guest_paging_verification),
        (B<4, "IPI virtualization">, ipi_virtualization),
        (B<5, "SEAM guest-physical address width">, seam_guest_physical_width),
        (B<6, "enable MSR-list instructions">, enable_msr_list),
        (B<7, "virtualize IA32_SPEC_CTRL">, virtualize_spec_ctrl),
        (B<8, "APIC-timer virtualization">, apic_timer_virtualization),
        (B<9, "enable PBNDKB">, enable_pbndkb),
        (B<12, "PEBS uses guest physical addresses">, pebs_uses_guest_physical));
};

/// Table 27-10, VM-function controls.
template <class I>
struct VmFunction {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(VmFunction,
        (B<0, "EPTP switching">, eptp_switching));
};

/// Table 27-14, primary VM-exit controls.
template <class I>
struct ExitControl {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(ExitControl,
        (B<2, "save debug controls">, save_debug_controls),
        (B<9, "host address-space size">, host_address_space_size),
        (B<12, "load IA32_PERF_GLOBAL_CTRL">, load_perf_global_ctrl),
        (B<15, "acknowledge interrupt on exit">, acknowledge_interrupt),
        (B<18, "save IA32_PAT">, save_pat),
        (B<19, "load IA32_PAT">, load_pat),
        (B<20, "save IA32_EFER">, save_efer),
        (B<21, "load IA32_EFER">, load_efer),
        (B<22, "save VMX-preemption timer value">, save_preemption_timer),
        (B<23, "clear IA32_BNDCFGS">, clear_bndcfgs),
        (B<24, "conceal VMX from PT">, conceal_vmx_from_pt),
        (B<25, "clear IA32_RTIT_CTL">, clear_rtit_ctl),
        (B<26, "clear IA32_LBR_CTL">, clear_lbr_ctl),
        (B<27, "clear UINV">, clear_uinv),
        (B<28, "load CET state">, load_cet_state),
        (B<29, "load PKRS">, load_pkrs),
        (B<30, "save IA32_PERF_GLOBAL_CTL">, save_perf_global_ctrl),
        (B<31, "activate secondary controls">, activate_secondary));
};

/// Table 27-15, secondary VM-exit controls.
template <class I>
struct ExitControl2 {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(ExitControl2,
        (B<0, "save FRED">, save_fred),
        (B<1, "load FRED">, load_fred),
        (B<2, "load IA32_SPEC_CTRL">, load_spec_ctrl),
        (B<3, "prematurely busy shadow stack">, prematurely_busy_shadow_stack));
};

/// Table 27-17, VM-entry controls.
template <class I>
struct EntryControl {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(EntryControl,
        (B<2, "load debug controls">, load_debug_controls),
        (B<9, "IA-32e mode guest">, ia32e_mode_guest),
        (B<10, "entry to SMM">, entry_to_smm),
        (B<11, "deactivate dual-monitor treatment">, deactivate_dual_monitor),
        (B<13, "load IA32_PERF_GLOBAL_CTRL">, load_perf_global_ctrl),
        (B<14, "load IA32_PAT">, load_pat),
        (B<15, "load IA32_EFER">, load_efer),
        (B<16, "load IA32_BNDCFGS">, load_bndcfgs),
        (B<17, "conceal VMX from PT">, conceal_vmx_from_pt),
        (B<18, "load IA32_RTIT_CTL">, load_rtit_ctl),
        (B<19, "load UINV">, load_uinv),
        (B<20, "load CET state">, load_cet_state),
        (B<21, "load guest IA32_LBR_CTL">, load_lbr_ctl),
        (B<22, "load PKRS">, load_pkrs),
        (B<23, "load FRED">, load_fred),
        (B<24, "load IA32_SPEC_CTRL">, load_spec_ctrl),
        (B<25, "allow SEAM-guest telemetry">, allow_seam_telemetry));
};

/// Table 27-18, injected-event identification.
template <class I>
struct EventIdentification {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    template <unsigned Hi, unsigned Lo, Text Name> using P = typename I::template part<Hi, Lo, Name>;
    BOOST_HANA_DEFINE_STRUCT(EventIdentification,
        (P<7, 0, "vector">, vector),
        (P<10, 8, "event type">, type),
        (B<11, "deliver error code">, deliver_error_code),
        (B<13, "nested exception">, nested_exception),
        (B<31, "valid">, valid));
};

/// Table 27-9, extended-page-table pointer.
template <class I>
struct Eptp {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    template <unsigned Hi, unsigned Lo, Text Name> using P = typename I::template part<Hi, Lo, Name>;
    BOOST_HANA_DEFINE_STRUCT(Eptp,
        (P<2, 0, "EPT paging-structure memory type">, memory_type),
        (P<5, 3, "EPT page-walk length minus 1">, walk_length),
        (B<6, "accessed and dirty flags">, accessed_dirty),
        (B<7, "supervisor shadow-stack pages">, supervisor_shadow_stack));
};

// clang-format on

}  // namespace vmxspec
