// Every field of the VMCS, in the order of SDM volume 3D, appendix B. A row is the encoding, the manual's name, the
// format if bits have names, and the member's name. Width and area follow from the encoding; a row in the wrong
// struct does not compile. High halves of 64-bit fields are encoding + 1 and have no rows.
#pragma once

#include "spec/state/encoding.hpp"
#include "spec/state/formats_control.hpp"
#include "spec/state/formats_register.hpp"

namespace vmxspec {

// clang-format off
#define VMXSPEC_FIELDS(AREA, WIDTH) \
    template <std::uint32_t E, Text Name, template <class> class Format = Plain> \
    using F = typename I::template field<encoding_in<E, Area::AREA, FieldWidth::WIDTH>(), Name, Format>

/// B.1.1 16-bit control fields.
template <class I>
struct Control16 {
    VMXSPEC_FIELDS(control, bits16);
    BOOST_HANA_DEFINE_STRUCT(Control16,
        (F<0x0000, "VPID">,                                                    vpid),
        (F<0x0002, "posted-interrupt notification vector">,                    posted_interrupt_vector),
        (F<0x0004, "EPTP index">,                                              eptp_index),
        (F<0x0006, "HLAT prefix size">,                                        hlat_prefix_size),
        (F<0x0008, "last PID-pointer index">,                                  last_pid_pointer_index),
        (F<0x000a, "virtual timer vector">,                                    virtual_timer_vector));
};

/// B.1.2 16-bit guest-state fields.
template <class I>
struct Guest16 {
    VMXSPEC_FIELDS(guest, bits16);
    BOOST_HANA_DEFINE_STRUCT(Guest16,
        (F<0x0800, "guest ES selector", Selector>,                             es_selector),
        (F<0x0802, "guest CS selector", Selector>,                             cs_selector),
        (F<0x0804, "guest SS selector", Selector>,                             ss_selector),
        (F<0x0806, "guest DS selector", Selector>,                             ds_selector),
        (F<0x0808, "guest FS selector", Selector>,                             fs_selector),
        (F<0x080a, "guest GS selector", Selector>,                             gs_selector),
        (F<0x080c, "guest LDTR selector", Selector>,                           ldtr_selector),
        (F<0x080e, "guest TR selector", Selector>,                             tr_selector),
        (F<0x0810, "guest interrupt status">,                                  interrupt_status),
        (F<0x0812, "PML index">,                                               pml_index),
        (F<0x0814, "guest UINV">,                                              uinv));
};

/// B.1.3 16-bit host-state fields.
template <class I>
struct Host16 {
    VMXSPEC_FIELDS(host, bits16);
    BOOST_HANA_DEFINE_STRUCT(Host16,
        (F<0x0c00, "host ES selector", Selector>,                              es_selector),
        (F<0x0c02, "host CS selector", Selector>,                              cs_selector),
        (F<0x0c04, "host SS selector", Selector>,                              ss_selector),
        (F<0x0c06, "host DS selector", Selector>,                              ds_selector),
        (F<0x0c08, "host FS selector", Selector>,                              fs_selector),
        (F<0x0c0a, "host GS selector", Selector>,                              gs_selector),
        (F<0x0c0c, "host TR selector", Selector>,                              tr_selector));
};

/// B.2.1 64-bit control fields.
template <class I>
struct Control64 {
    VMXSPEC_FIELDS(control, bits64);
    BOOST_HANA_DEFINE_STRUCT(Control64,
        (F<0x2000, "address of I/O bitmap A">,                                 io_bitmap_a),
        (F<0x2002, "address of I/O bitmap B">,                                 io_bitmap_b),
        (F<0x2004, "address of MSR bitmaps">,                                  msr_bitmap),
        (F<0x2006, "VM-exit MSR-store address">,                               exit_msr_store),
        (F<0x2008, "VM-exit MSR-load address">,                                exit_msr_load),
        (F<0x200a, "VM-entry MSR-load address">,                               entry_msr_load),
        (F<0x200c, "executive-VMCS pointer">,                                  executive_vmcs),
        (F<0x200e, "PML address">,                                             pml),
        (F<0x2010, "TSC offset">,                                              tsc_offset),
        (F<0x2012, "virtual-APIC address">,                                    virtual_apic),
        (F<0x2014, "APIC-access address">,                                     apic_access),
        (F<0x2016, "posted-interrupt descriptor address">,                     posted_interrupt_descriptor),
        (F<0x2018, "VM-function controls", VmFunction>,                        vm_function),
        (F<0x201a, "EPT pointer", Eptp>,                                       eptp),
        (F<0x201c, "EOI-exit bitmap 0">,                                       eoi_exit_bitmap_0),
        (F<0x201e, "EOI-exit bitmap 1">,                                       eoi_exit_bitmap_1),
        (F<0x2020, "EOI-exit bitmap 2">,                                       eoi_exit_bitmap_2),
        (F<0x2022, "EOI-exit bitmap 3">,                                       eoi_exit_bitmap_3),
        (F<0x2024, "EPTP-list address">,                                       eptp_list),
        (F<0x2026, "VMREAD-bitmap address">,                                   vmread_bitmap),
        (F<0x2028, "VMWRITE-bitmap address">,                                  vmwrite_bitmap),
        (F<0x202a, "virtualization-exception information address">,            ve_information),
        (F<0x202c, "XSS-exiting bitmap">,                                      xss_exiting_bitmap),
        (F<0x202e, "ENCLS-exiting bitmap">,                                    encls_exiting_bitmap),
        (F<0x2030, "sub-page-permission-table pointer">,                       spptp),
        (F<0x2032, "TSC multiplier">,                                          tsc_multiplier),
        (F<0x2034, "tertiary processor-based VM-execution controls", ProcessorBased3>, proc3),
        (F<0x2036, "ENCLV-exiting bitmap">,                                    enclv_exiting_bitmap),
        (F<0x2038, "low PASID directory address">,                             low_pasid_directory),
        (F<0x203a, "high PASID directory address">,                            high_pasid_directory),
        (F<0x203c, "SEAM shared-EPT pointer">,                                 shared_ept),
        (F<0x203e, "PCONFIG-exiting bitmap">,                                  pconfig_exiting_bitmap),
        (F<0x2040, "hypervisor-managed linear-address translation pointer">,   hlatp),
        (F<0x2042, "PID-pointer table address">,                               pid_pointer_table),
        (F<0x2044, "secondary VM-exit controls", ExitControl2>,                exit2),
        (F<0x204a, "IA32_SPEC_CTRL mask">,                                     spec_ctrl_mask),
        (F<0x204c, "IA32_SPEC_CTRL shadow">,                                   spec_ctrl_shadow),
        (F<0x204e, "guest deadline shadow">,                                   guest_deadline_shadow),
        (F<0x2052, "injected-event data">,                                     injected_event_data));
};

/// B.2.2 64-bit read-only data fields.
template <class I>
struct ReadOnly64 {
    VMXSPEC_FIELDS(read_only, bits64);
    BOOST_HANA_DEFINE_STRUCT(ReadOnly64,
        (F<0x2400, "guest-physical address">,                                  guest_physical_address),
        (F<0x2402, "MSR data">,                                                msr_data),
        (F<0x2404, "original-event data">,                                     original_event_data));
};

/// B.2.3 64-bit guest-state fields.
template <class I>
struct Guest64 {
    VMXSPEC_FIELDS(guest, bits64);
    BOOST_HANA_DEFINE_STRUCT(Guest64,
        (F<0x2800, "VMCS link pointer">,                                       link_pointer),
        (F<0x2802, "guest IA32_DEBUGCTL", DebugCtl>,                           debugctl),
        (F<0x2804, "guest IA32_PAT">,                                          pat),
        (F<0x2806, "guest IA32_EFER", Efer>,                                   efer),
        (F<0x2808, "guest IA32_PERF_GLOBAL_CTRL">,                             perf_global_ctrl),
        (F<0x280a, "guest PDPTE0", Pdpte>,                                     pdpte0),
        (F<0x280c, "guest PDPTE1", Pdpte>,                                     pdpte1),
        (F<0x280e, "guest PDPTE2", Pdpte>,                                     pdpte2),
        (F<0x2810, "guest PDPTE3", Pdpte>,                                     pdpte3),
        (F<0x2812, "guest IA32_BNDCFGS">,                                      bndcfgs),
        (F<0x2814, "guest IA32_RTIT_CTL">,                                     rtit_ctl),
        (F<0x2816, "guest IA32_LBR_CTL">,                                      lbr_ctl),
        (F<0x2818, "guest IA32_PKRS">,                                         pkrs),
        (F<0x281a, "guest IA32_FRED_CONFIG">,                                  fred_config),
        (F<0x281c, "guest IA32_FRED_RSP1">,                                    fred_rsp1),
        (F<0x281e, "guest IA32_FRED_RSP2">,                                    fred_rsp2),
        (F<0x2820, "guest IA32_FRED_RSP3">,                                    fred_rsp3),
        (F<0x2822, "guest IA32_FRED_STKLVLS">,                                 fred_stklvls),
        (F<0x2824, "guest IA32_FRED_SSP1">,                                    fred_ssp1),
        (F<0x2826, "guest IA32_FRED_SSP2">,                                    fred_ssp2),
        (F<0x2828, "guest IA32_FRED_SSP3">,                                    fred_ssp3),
        (F<0x282e, "guest IA32_SPEC_CTRL">,                                    spec_ctrl),
        (F<0x2830, "guest deadline">,                                          deadline));
};

/// B.2.4 64-bit host-state fields.
template <class I>
struct Host64 {
    VMXSPEC_FIELDS(host, bits64);
    BOOST_HANA_DEFINE_STRUCT(Host64,
        (F<0x2c00, "host IA32_PAT">,                                           pat),
        (F<0x2c02, "host IA32_EFER", Efer>,                                    efer),
        (F<0x2c04, "host IA32_PERF_GLOBAL_CTRL">,                              perf_global_ctrl),
        (F<0x2c06, "host IA32_PKRS">,                                          pkrs),
        (F<0x2c08, "host IA32_FRED_CONFIG">,                                   fred_config),
        (F<0x2c0a, "host IA32_FRED_RSP1">,                                     fred_rsp1),
        (F<0x2c0c, "host IA32_FRED_RSP2">,                                     fred_rsp2),
        (F<0x2c0e, "host IA32_FRED_RSP3">,                                     fred_rsp3),
        (F<0x2c10, "host IA32_FRED_STKLVLS">,                                  fred_stklvls),
        (F<0x2c12, "host IA32_FRED_SSP1">,                                     fred_ssp1),
        (F<0x2c14, "host IA32_FRED_SSP2">,                                     fred_ssp2),
        (F<0x2c16, "host IA32_FRED_SSP3">,                                     fred_ssp3),
        (F<0x2c1a, "host IA32_SPEC_CTRL">,                                     spec_ctrl));
};

/// B.3.1 32-bit control fields.
template <class I>
struct Control32 {
    VMXSPEC_FIELDS(control, bits32);
    BOOST_HANA_DEFINE_STRUCT(Control32,
        (F<0x4000, "pin-based VM-execution controls", PinBased>,               pin),
        (F<0x4002, "primary processor-based VM-execution controls", ProcessorBased>, proc),
        (F<0x4004, "exception bitmap">,                                        exception_bitmap),
        (F<0x4006, "page-fault error-code mask">,                              page_fault_mask),
        (F<0x4008, "page-fault error-code match">,                             page_fault_match),
        (F<0x400a, "CR3-target count">,                                        cr3_target_count),
        (F<0x400c, "primary VM-exit controls", ExitControl>,                   exit),
        (F<0x400e, "VM-exit MSR-store count">,                                 exit_msr_store_count),
        (F<0x4010, "VM-exit MSR-load count">,                                  exit_msr_load_count),
        (F<0x4012, "VM-entry controls", EntryControl>,                         entry),
        (F<0x4014, "VM-entry MSR-load count">,                                 entry_msr_load_count),
        (F<0x4016, "injected-event identification", EventIdentification>,      injected_event),
        (F<0x4018, "injected-event error code">,                               injected_event_error_code),
        (F<0x401a, "VM-entry instruction length">,                             entry_instruction_length),
        (F<0x401c, "TPR threshold">,                                           tpr_threshold),
        (F<0x401e, "secondary processor-based VM-execution controls", ProcessorBased2>, proc2),
        (F<0x4020, "PLE_Gap">,                                                 ple_gap),
        (F<0x4022, "PLE_Window">,                                              ple_window),
        (F<0x4024, "instruction-timeout control">,                             instruction_timeout),
        (F<0x4026, "SEAM-guest KeyID">,                                        seam_keyid));
};

/// B.3.2 32-bit read-only data fields.
template <class I>
struct ReadOnly32 {
    VMXSPEC_FIELDS(read_only, bits32);
    BOOST_HANA_DEFINE_STRUCT(ReadOnly32,
        (F<0x4400, "VM-instruction error">,                                    instruction_error),
        (F<0x4402, "exit reason">,                                             exit_reason),
        (F<0x4404, "exiting-event identification", EventIdentification>,       exiting_event),
        (F<0x4406, "exiting-event error code">,                                exiting_event_error_code),
        (F<0x4408, "original-event identification", EventIdentification>,      original_event),
        (F<0x440a, "original-event error code">,                               original_event_error_code),
        (F<0x440c, "VM-exit instruction length">,                              exit_instruction_length),
        (F<0x440e, "VM-exit instruction information">,                         exit_instruction_information));
};

/// B.3.3 32-bit guest-state fields.
template <class I>
struct Guest32 {
    VMXSPEC_FIELDS(guest, bits32);
    BOOST_HANA_DEFINE_STRUCT(Guest32,
        (F<0x4800, "guest ES limit">,                                          es_limit),
        (F<0x4802, "guest CS limit">,                                          cs_limit),
        (F<0x4804, "guest SS limit">,                                          ss_limit),
        (F<0x4806, "guest DS limit">,                                          ds_limit),
        (F<0x4808, "guest FS limit">,                                          fs_limit),
        (F<0x480a, "guest GS limit">,                                          gs_limit),
        (F<0x480c, "guest LDTR limit">,                                        ldtr_limit),
        (F<0x480e, "guest TR limit">,                                          tr_limit),
        (F<0x4810, "guest GDTR limit">,                                        gdtr_limit),
        (F<0x4812, "guest IDTR limit">,                                        idtr_limit),
        (F<0x4814, "guest ES access rights", AccessRights>,                    es_access_rights),
        (F<0x4816, "guest CS access rights", AccessRights>,                    cs_access_rights),
        (F<0x4818, "guest SS access rights", AccessRights>,                    ss_access_rights),
        (F<0x481a, "guest DS access rights", AccessRights>,                    ds_access_rights),
        (F<0x481c, "guest FS access rights", AccessRights>,                    fs_access_rights),
        (F<0x481e, "guest GS access rights", AccessRights>,                    gs_access_rights),
        (F<0x4820, "guest LDTR access rights", AccessRights>,                  ldtr_access_rights),
        (F<0x4822, "guest TR access rights", AccessRights>,                    tr_access_rights),
        (F<0x4824, "guest interruptibility state", Interruptibility>,          interruptibility),
        (F<0x4826, "guest activity state">,                                    activity),
        (F<0x4828, "guest SMBASE">,                                            smbase),
        (F<0x482a, "guest IA32_SYSENTER_CS">,                                  sysenter_cs),
        (F<0x482e, "VMX-preemption timer value">,                              preemption_timer));
};

/// B.3.4 32-bit host-state field.
template <class I>
struct Host32 {
    VMXSPEC_FIELDS(host, bits32);
    BOOST_HANA_DEFINE_STRUCT(Host32,
        (F<0x4c00, "host IA32_SYSENTER_CS">,                                   sysenter_cs));
};

/// B.4.1 natural-width control fields.
template <class I>
struct ControlNatural {
    VMXSPEC_FIELDS(control, natural);
    BOOST_HANA_DEFINE_STRUCT(ControlNatural,
        (F<0x6000, "CR0 guest/host mask", Cr0>,                                cr0_mask),
        (F<0x6002, "CR4 guest/host mask", Cr4>,                                cr4_mask),
        (F<0x6004, "CR0 read shadow", Cr0>,                                    cr0_shadow),
        (F<0x6006, "CR4 read shadow", Cr4>,                                    cr4_shadow),
        (F<0x6008, "CR3-target value 0">,                                      cr3_target_0),
        (F<0x600a, "CR3-target value 1">,                                      cr3_target_1),
        (F<0x600c, "CR3-target value 2">,                                      cr3_target_2),
        (F<0x600e, "CR3-target value 3">,                                      cr3_target_3));
};

/// B.4.2 natural-width read-only data fields.
template <class I>
struct ReadOnlyNatural {
    VMXSPEC_FIELDS(read_only, natural);
    BOOST_HANA_DEFINE_STRUCT(ReadOnlyNatural,
        (F<0x6400, "exit qualification">,                                      exit_qualification),
        (F<0x6402, "I/O RCX">,                                                 io_rcx),
        (F<0x6404, "I/O RSI">,                                                 io_rsi),
        (F<0x6406, "I/O RDI">,                                                 io_rdi),
        (F<0x6408, "I/O RIP">,                                                 io_rip),
        (F<0x640a, "guest-linear address">,                                    guest_linear_address));
};

/// B.4.3 natural-width guest-state fields.
template <class I>
struct GuestNatural {
    VMXSPEC_FIELDS(guest, natural);
    BOOST_HANA_DEFINE_STRUCT(GuestNatural,
        (F<0x6800, "guest CR0", Cr0>,                                          cr0),
        (F<0x6802, "guest CR3">,                                               cr3),
        (F<0x6804, "guest CR4", Cr4>,                                          cr4),
        (F<0x6806, "guest ES base">,                                           es_base),
        (F<0x6808, "guest CS base">,                                           cs_base),
        (F<0x680a, "guest SS base">,                                           ss_base),
        (F<0x680c, "guest DS base">,                                           ds_base),
        (F<0x680e, "guest FS base">,                                           fs_base),
        (F<0x6810, "guest GS base">,                                           gs_base),
        (F<0x6812, "guest LDTR base">,                                         ldtr_base),
        (F<0x6814, "guest TR base">,                                           tr_base),
        (F<0x6816, "guest GDTR base">,                                         gdtr_base),
        (F<0x6818, "guest IDTR base">,                                         idtr_base),
        (F<0x681a, "guest DR7">,                                               dr7),
        (F<0x681c, "guest RSP">,                                               rsp),
        (F<0x681e, "guest RIP">,                                               rip),
        (F<0x6820, "guest RFLAGS", Rflags>,                                    rflags),
        (F<0x6822, "guest pending debug exceptions", PendingDebug>,            pending_debug),
        (F<0x6824, "guest IA32_SYSENTER_ESP">,                                 sysenter_esp),
        (F<0x6826, "guest IA32_SYSENTER_EIP">,                                 sysenter_eip),
        (F<0x6828, "guest IA32_S_CET", Cet>,                                   s_cet),
        (F<0x682a, "guest SSP">,                                               ssp),
        (F<0x682c, "guest IA32_INTERRUPT_SSP_TABLE_ADDR">,                     ssp_table));
};

/// B.4.4 natural-width host-state fields.
template <class I>
struct HostNatural {
    VMXSPEC_FIELDS(host, natural);
    BOOST_HANA_DEFINE_STRUCT(HostNatural,
        (F<0x6c00, "host CR0", Cr0>,                                           cr0),
        (F<0x6c02, "host CR3">,                                                cr3),
        (F<0x6c04, "host CR4", Cr4>,                                           cr4),
        (F<0x6c06, "host FS base">,                                            fs_base),
        (F<0x6c08, "host GS base">,                                            gs_base),
        (F<0x6c0a, "host TR base">,                                            tr_base),
        (F<0x6c0c, "host GDTR base">,                                          gdtr_base),
        (F<0x6c0e, "host IDTR base">,                                          idtr_base),
        (F<0x6c10, "host IA32_SYSENTER_ESP">,                                  sysenter_esp),
        (F<0x6c12, "host IA32_SYSENTER_EIP">,                                  sysenter_eip),
        (F<0x6c14, "host RSP">,                                                rsp),
        (F<0x6c16, "host RIP">,                                                rip),
        (F<0x6c18, "host IA32_S_CET", Cet>,                                    s_cet),
        (F<0x6c1a, "host SSP">,                                                ssp),
        (F<0x6c1c, "host IA32_INTERRUPT_SSP_TABLE_ADDR">,                      ssp_table));
};
#undef VMXSPEC_FIELDS
// clang-format on

/// VM-execution, VM-exit and VM-entry control fields (SDM 27.6 to 27.8).
template <class I>
struct Control : Control16<I>, Control64<I>, Control32<I>, ControlNatural<I> {};
/// VM-exit information fields (SDM 27.9).
template <class I>
struct ReadOnly : ReadOnly64<I>, ReadOnly32<I>, ReadOnlyNatural<I> {};
/// Guest-state area (SDM 27.4).
template <class I>
struct Guest : Guest16<I>, Guest64<I>, Guest32<I>, GuestNatural<I> {};
/// Host-state area (SDM 27.5).
template <class I>
struct Host : Host16<I>, Host64<I>, Host32<I>, HostNatural<I> {};

}  // namespace vmxspec
