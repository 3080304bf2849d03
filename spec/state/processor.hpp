// The processor that checks a VMCS: capability MSRs, features, and its mode when VMLAUNCH or VMRESUME is executed;
// the few bytes of memory that checks read; and one entry of an MSR area. A row says where its value is found.
#pragma once

#include "spec/state/formats_control.hpp"
#include "spec/state/formats_register.hpp"

#include <cstdint>

namespace vmxspec {

/// Registers of a CPUID leaf.
enum class CpuidRegister : std::uint8_t { eax, ebx, ecx, edx };

// clang-format off
/// VMX capability MSRs, SDM volume 3D, appendix A.
template <class I>
struct Capability {
    template <std::uint32_t Index, Text Name, template <class> class Format = Plain>
    using M = typename I::template msr<Index, Name, Format>;
    BOOST_HANA_DEFINE_STRUCT(Capability,
        (M<0x480, "IA32_VMX_BASIC", VmxBasic>,                           basic),
        (M<0x481, "IA32_VMX_PINBASED_CTLS", AllowedSettings>,            pin),
        (M<0x482, "IA32_VMX_PROCBASED_CTLS", AllowedSettings>,           proc),
        (M<0x483, "IA32_VMX_EXIT_CTLS", AllowedSettings>,                exit),
        (M<0x484, "IA32_VMX_ENTRY_CTLS", AllowedSettings>,               entry),
        (M<0x485, "IA32_VMX_MISC", VmxMisc>,                             misc),
        (M<0x486, "IA32_VMX_CR0_FIXED0", Cr0>,                           cr0_fixed0),
        (M<0x487, "IA32_VMX_CR0_FIXED1", Cr0>,                           cr0_fixed1),
        (M<0x488, "IA32_VMX_CR4_FIXED0", Cr4>,                           cr4_fixed0),
        (M<0x489, "IA32_VMX_CR4_FIXED1", Cr4>,                           cr4_fixed1),
        (M<0x48a, "IA32_VMX_VMCS_ENUM">,                                 vmcs_enum),
        (M<0x48b, "IA32_VMX_PROCBASED_CTLS2", AllowedSettings>,          proc2),
        (M<0x48c, "IA32_VMX_EPT_VPID_CAP", EptVpidCap>,                  ept_vpid),
        (M<0x48d, "IA32_VMX_TRUE_PINBASED_CTLS", AllowedSettings>,       true_pin),
        (M<0x48e, "IA32_VMX_TRUE_PROCBASED_CTLS", AllowedSettings>,      true_proc),
        (M<0x48f, "IA32_VMX_TRUE_EXIT_CTLS", AllowedSettings>,           true_exit),
        (M<0x490, "IA32_VMX_TRUE_ENTRY_CTLS", AllowedSettings>,          true_entry),
        (M<0x491, "IA32_VMX_VMFUNC", VmFunction>,                        vmfunc),
        (M<0x492, "IA32_VMX_PROCBASED_CTLS3", ProcessorBased3>,          proc3),
        (M<0x493, "IA32_VMX_EXIT_CTLS2", ExitControl2>,                  exit2));
};

/// Features and sizes that checks and WRMSR depend on.
template <class I>
struct Processor {
    template <std::uint32_t Leaf, std::uint32_t Subleaf, CpuidRegister R, unsigned Bit, Text Name>
    using C = typename I::template cpuid<Leaf, Subleaf, R, Bit, Bit, Name>;
    template <std::uint32_t Leaf, std::uint32_t Subleaf, CpuidRegister R, unsigned Hi, unsigned Lo, Text Name>
    using N = typename I::template cpuid<Leaf, Subleaf, R, Hi, Lo, Name>;
    BOOST_HANA_DEFINE_STRUCT(Processor,
        (C<0x1, 0, CpuidRegister::edx, 11, "SEP">,                       sep),
        (C<0x1, 0, CpuidRegister::edx, 12, "MTRR">,                      mtrr),
        (C<0x1, 0, CpuidRegister::edx, 16, "PAT">,                       pat),
        (C<0x1, 0, CpuidRegister::ecx, 15, "PDCM">,                      pdcm),
        (C<0x7, 0, CpuidRegister::ebx, 2, "SGX">,                        sgx),
        (C<0x7, 0, CpuidRegister::ebx, 11, "RTM">,                       rtm),
        (C<0x7, 0, CpuidRegister::ebx, 14, "MPX">,                       mpx),
        (C<0x7, 0, CpuidRegister::ecx, 7, "CET_SS">,                     cet_ss),
        (C<0x7, 0, CpuidRegister::ecx, 13, "TME_EN">,                    tme),
        (C<0x7, 0, CpuidRegister::ecx, 22, "RDPID">,                     rdpid),
        (C<0x7, 0, CpuidRegister::ecx, 24, "BUS_LOCK_DETECT">,           bus_lock_detect),
        (C<0x7, 0, CpuidRegister::edx, 20, "CET_IBT">,                   cet_ibt),
        (C<0x7, 0, CpuidRegister::edx, 26, "IBRS_IBPB">,                 ibrs),
        (C<0x7, 0, CpuidRegister::edx, 27, "STIBP">,                     stibp),
        (C<0x7, 0, CpuidRegister::edx, 29, "ARCH_CAPABILITIES">,         has_arch_capabilities),
        (C<0x7, 0, CpuidRegister::edx, 31, "SSBD">,                      ssbd),
        (C<0x7, 1, CpuidRegister::eax, 17, "FRED">,                      fred),
        (C<0x7, 1, CpuidRegister::eax, 26, "LAM">,                       lam),
        (N<0x7, 2, CpuidRegister::edx, 4, 0, "speculation controls">,    speculation_controls),
        (N<0xa, 0, CpuidRegister::eax, 7, 0, "architectural performance monitoring version">, perfmon_version),
        (N<0xa, 0, CpuidRegister::eax, 15, 8, "general-purpose counters">, general_counters),
        (N<0xa, 0, CpuidRegister::edx, 4, 0, "fixed-function counters">, fixed_counters),
        (C<0xd, 1, CpuidRegister::eax, 3, "XSAVES">,                     xsaves),
        (N<0xd, 1, CpuidRegister::ecx, 31, 0, "IA32_XSS bits 31:0">,     xss_low),
        (N<0xd, 1, CpuidRegister::edx, 31, 0, "IA32_XSS bits 63:32">,    xss_high),
        (C<0x80000001, 0, CpuidRegister::edx, 11, "SYSCALL">,            syscall),
        (C<0x80000001, 0, CpuidRegister::edx, 20, "NX">,                 nx),
        (C<0x80000001, 0, CpuidRegister::edx, 27, "RDTSCP">,             rdtscp),
        (C<0x80000001, 0, CpuidRegister::edx, 29, "Intel 64">,           intel64),
        (N<0x80000008, 0, CpuidRegister::eax, 7, 0, "MAXPHYADDR">,       maxphyaddr),
        (N<0x80000008, 0, CpuidRegister::eax, 15, 8, "linear-address width">, linear_width));
};

/// Features of debugging, tracing and performance monitoring: which bits of their control MSRs are reserved.
template <class I>
struct Features {
    template <std::uint32_t Leaf, std::uint32_t Subleaf, CpuidRegister R, unsigned Bit, Text Name>
    using C = typename I::template cpuid<Leaf, Subleaf, R, Bit, Bit, Name>;
    template <std::uint32_t Leaf, std::uint32_t Subleaf, CpuidRegister R, unsigned Hi, unsigned Lo, Text Name>
    using N = typename I::template cpuid<Leaf, Subleaf, R, Hi, Lo, Name>;
    BOOST_HANA_DEFINE_STRUCT(Features,
        (C<0x1, 0, CpuidRegister::edx, 21, "DS">,                        ds),
        (C<0x1, 0, CpuidRegister::ecx, 4, "DS-CPL">,                     ds_cpl),
        (C<0x7, 0, CpuidRegister::ebx, 25, "Intel PT">,                  pt),
        (C<0x7, 0, CpuidRegister::edx, 19, "architectural LBRs">,        arch_lbr),
        (C<0x7, 1, CpuidRegister::eax, 8, "ARCHPERFMONEXT">,             perfmon_ext),
        (N<0xa, 0, CpuidRegister::ecx, 31, 0, "fixed-function counters bitmap">, fixed_counter_map),
        (C<0x14, 0, CpuidRegister::ebx, 0, "PT CR3 filtering">,          pt_cr3_filter),
        (C<0x14, 0, CpuidRegister::ebx, 1, "PT configurable PSB and cycle-accurate mode">, pt_psb_cyc),
        (C<0x14, 0, CpuidRegister::ebx, 3, "PT MTC">,                    pt_mtc),
        (C<0x14, 0, CpuidRegister::ebx, 4, "PT PTWRITE">,                pt_ptwrite),
        (C<0x14, 0, CpuidRegister::ebx, 5, "PT power event trace">,      pt_power_event),
        (C<0x14, 0, CpuidRegister::ebx, 6, "PT PSB and PMI preservation">, pt_psb_pmi),
        (C<0x14, 0, CpuidRegister::ebx, 7, "PT event trace">,            pt_event),
        (C<0x14, 0, CpuidRegister::ebx, 8, "PT TNT disable">,            pt_tnt_disable),
        (C<0x14, 0, CpuidRegister::ecx, 0, "PT ToPA output">,            pt_topa),
        (C<0x14, 0, CpuidRegister::ecx, 2, "PT single-range output">,    pt_single_range),
        (C<0x14, 0, CpuidRegister::ecx, 3, "PT trace-transport output">, pt_transport),
        (N<0x14, 1, CpuidRegister::eax, 2, 0, "PT address ranges">,      pt_ranges),
        (C<0x1c, 0, CpuidRegister::ebx, 0, "LBR CPL filtering">,         lbr_cpl_filter),
        (C<0x1c, 0, CpuidRegister::ebx, 1, "LBR branch filtering">,      lbr_branch_filter),
        (C<0x1c, 0, CpuidRegister::ebx, 2, "LBR call-stack mode">,       lbr_call_stack),
        (N<0x23, 1, CpuidRegister::eax, 31, 0, "general-purpose counters bitmap">, general_counter_map_ext),
        (N<0x23, 1, CpuidRegister::ebx, 31, 0, "fixed-function counters bitmap">, fixed_counter_map_ext));
};

/// Other MSRs of the processor whose value decides what WRMSR accepts.
template <class I>
struct ProcessorMsr {
    template <std::uint32_t Index, Text Name, template <class> class Format = Plain>
    using M = typename I::template msr<Index, Name, Format>;
    BOOST_HANA_DEFINE_STRUCT(ProcessorMsr,
        (M<0xfe, "IA32_MTRRCAP">,                                        mtrrcap),
        (M<0x10a, "IA32_ARCH_CAPABILITIES">,                             arch_capabilities),
        (M<0x345, "IA32_PERF_CAPABILITIES">,                             perf_capabilities),
        (M<0x982, "IA32_TME_ACTIVATE">,                                  tme_activate));
};

/// What neither CPUID nor an MSR tells: properties of a processor model that a profile states. The flags are 0 on a
/// processor that follows the cited edition to the letter.
template <class I>
struct Trait {
    template <unsigned Width, Text Name, template <class> class Format = Plain>
    using S = typename I::template state<Width, Name, Format>;
    BOOST_HANA_DEFINE_STRUCT(Trait,
        (S<8, "number of last-branch MSR pairs at 680H and 6C0H">,       lbr_pairs),
        (S<1, "bit 15 of an injected error code is reserved">,           error_code_15_bits),
        (S<1, "an injected #CP may deliver an error code">,              cp_error_code),
        (S<1, "NMI injection is accepted with blocking by STI">,         nmi_despite_sti),
        (S<1, "PDPTEs are not checked when CR3 does not change">,        unchanged_pdptes_unchecked),
        (S<1, "IA32_DEBUGCTL has ENABLE_UNCORE_PMI">,                    uncore_pmi));
};

/// The logical processor when VMLAUNCH or VMRESUME is executed.
template <class I>
struct Before {
    template <unsigned Width, Text Name, template <class> class Format = Plain>
    using S = typename I::template state<Width, Name, Format>;
    BOOST_HANA_DEFINE_STRUCT(Before,
        (S<64, "CR0 at VM entry", Cr0>,                                  cr0),
        (S<64, "CR4 at VM entry", Cr4>,                                  cr4),
        (S<64, "IA32_EFER at VM entry", Efer>,                           efer),
        (S<64, "current-VMCS pointer">,                                  current_vmcs),
        (S<64, "executive-VMCS pointer">,                                executive_vmcs),
        (S<1, "in SMM">,                                                 in_smm),
        (S<1, "in SEAM">,                                                in_seam),
        (S<1, "IA32_RTIT_CTL.TraceEn at VM entry">,                      trace_enabled),
        (S<64, "CR3 at VM entry">,                                       cr3),
        (S<64, "RFLAGS at VM entry", Rflags>,                            rflags),
        (S<2, "CPL at VM entry">,                                        cpl),
        (S<1, "CS.L at VM entry">,                                       cs_l),
        (S<1, "in VMX operation">,                                       in_vmx_operation),
        (S<1, "in VMX non-root operation">,                              non_root),
        (S<1, "blocking by MOV SS at VM entry">,                         blocking_by_mov_ss),
        (S<1, "the current VMCS is a shadow VMCS">,                      current_is_shadow),
        (S<1, "launch state of the current VMCS is launched">,           launched),
        (S<1, "the instruction is VMRESUME">,                            vmresume));
};

/// Memory operands of checks; each is meaningful only where the check that reads it applies.
template <class I>
struct Memory {
    template <unsigned Width, Text Name, template <class> class Format = Plain>
    using S = typename I::template state<Width, Name, Format>;
    BOOST_HANA_DEFINE_STRUCT(Memory,
        (S<8, "VTPR (byte 80H of the virtual-APIC page)">,               vtpr),
        (S<32, "first 4 bytes at the VMCS link pointer">,                link_word),
        (S<64, "PDPTE0 in memory at guest CR3", Pdpte>,                  pdpte0),
        (S<64, "PDPTE1 in memory at guest CR3", Pdpte>,                  pdpte1),
        (S<64, "PDPTE2 in memory at guest CR3", Pdpte>,                  pdpte2),
        (S<64, "PDPTE3 in memory at guest CR3", Pdpte>,                  pdpte3));
};

/// One entry of an MSR area (SDM 27.7.2, Table 27-16), and what the entries before it left.
template <class I>
struct MsrEntry {
    template <unsigned Width, Text Name, template <class> class Format = Plain>
    using S = typename I::template state<Width, Name, Format>;
    BOOST_HANA_DEFINE_STRUCT(MsrEntry,
        (S<32, "MSR index">,                                             index),
        (S<32, "bits 63:32 of the entry">,                               reserved),
        (S<64, "MSR data">,                                              data),
        (S<64, "IA32_EFER before the entry", Efer>,                      efer_before),
        (S<1, "WRMSR accepts what the MSR table does not list">,         unlisted_accepted));
};
// clang-format on

}  // namespace vmxspec
