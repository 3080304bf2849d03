// Named bits of registers, MSRs and capability MSRs. Rows as in formats_control.hpp.
#pragma once

#include "spec/lang/text.hpp"

#include <boost/hana/define_struct.hpp>

namespace vmxspec {

// clang-format off

/// A word without named bits.
template <class I>
struct Plain {};

/// SDM volume 3A, 2.5 Control Registers.
template <class I>
struct Cr0 {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(Cr0,
        (B<0, "PE">, pe), (B<1, "MP">, mp), (B<2, "EM">, em), (B<3, "TS">, ts), (B<4, "ET">, et), (B<5, "NE">, ne),
        (B<16, "WP">, wp), (B<18, "AM">, am), (B<29, "NW">, nw), (B<30, "CD">, cd), (B<31, "PG">, pg));
};

/// SDM volume 3A, 2.5 Control Registers.
template <class I>
struct Cr4 {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(Cr4,
        (B<0, "VME">, vme), (B<1, "PVI">, pvi), (B<2, "TSD">, tsd), (B<3, "DE">, de), (B<4, "PSE">, pse),
        (B<5, "PAE">, pae), (B<6, "MCE">, mce), (B<7, "PGE">, pge), (B<8, "PCE">, pce), (B<9, "OSFXSR">, osfxsr),
        (B<10, "OSXMMEXCPT">, osxmmexcpt), (B<11, "UMIP">, umip), (B<12, "LA57">, la57), (B<13, "VMXE">, vmxe),
        (B<14, "SMXE">, smxe), (B<16, "FSGSBASE">, fsgsbase), (B<17, "PCIDE">, pcide), (B<18, "OSXSAVE">, osxsave),
        (B<19, "KL">, kl), (B<20, "SMEP">, smep), (B<21, "SMAP">, smap), (B<22, "PKE">, pke), (B<23, "CET">, cet),
        (B<24, "PKS">, pks), (B<25, "UINTR">, uintr), (B<27, "LASS">, lass), (B<28, "LAM_SUP">, lam_sup),
        (B<32, "FRED">, fred));
};

/// SDM volume 3A, 2.2.1 Extended Feature Enable Register.
template <class I>
struct Efer {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(Efer, (B<0, "SCE">, sce), (B<8, "LME">, lme), (B<10, "LMA">, lma), (B<11, "NXE">, nxe));
};

/// SDM volume 1, 3.4.3 EFLAGS Register.
template <class I>
struct Rflags {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    template <unsigned Hi, unsigned Lo, Text Name> using P = typename I::template part<Hi, Lo, Name>;
    BOOST_HANA_DEFINE_STRUCT(Rflags,
        (B<0, "CF">, cf), (B<2, "PF">, pf), (B<4, "AF">, af), (B<6, "ZF">, zf), (B<7, "SF">, sf), (B<8, "TF">, tf),
        (B<9, "IF">, if_), (B<10, "DF">, df), (B<11, "OF">, of), (P<13, 12, "IOPL">, iopl), (B<14, "NT">, nt),
        (B<16, "RF">, rf), (B<17, "VM">, vm), (B<18, "AC">, ac), (B<19, "VIF">, vif), (B<20, "VIP">, vip),
        (B<21, "ID">, id));
};

/// SDM volume 3B, 20.4.1 IA32_DEBUGCTL MSR.
template <class I>
struct DebugCtl {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(DebugCtl,
        (B<0, "LBR">, lbr), (B<1, "BTF">, btf), (B<2, "BLD">, bld), (B<6, "TR">, tr), (B<7, "BTS">, bts),
        (B<8, "BTINT">, btint), (B<9, "BTS_OFF_OS">, bts_off_os), (B<10, "BTS_OFF_USR">, bts_off_usr),
        (B<11, "FREEZE_LBRS_ON_PMI">, freeze_lbrs), (B<12, "FREEZE_PERFMON_ON_PMI">, freeze_perfmon),
        (B<13, "ENABLE_UNCORE_PMI">, uncore_pmi), (B<14, "FREEZE_WHILE_SMM">, freeze_while_smm),
        (B<15, "RTM_DEBUG">, rtm_debug));
};

/// SDM volume 1, 17 (control-flow enforcement), IA32_U_CET and IA32_S_CET.
template <class I>
struct Cet {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(Cet,
        (B<0, "SH_STK_EN">, sh_stk_en), (B<1, "WR_SHSTK_EN">, wr_shstk_en), (B<2, "ENDBR_EN">, endbr_en),
        (B<3, "LEG_IW_EN">, leg_iw_en), (B<4, "NO_TRACK_EN">, no_track_en), (B<5, "SUPPRESS_DIS">, suppress_dis),
        (B<10, "SUPPRESS">, suppress), (B<11, "TRACKER">, tracker));
};

/// A segment selector.
template <class I>
struct Selector {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    template <unsigned Hi, unsigned Lo, Text Name> using P = typename I::template part<Hi, Lo, Name>;
    BOOST_HANA_DEFINE_STRUCT(Selector, (P<1, 0, "RPL">, rpl), (B<2, "TI">, ti));
};

/// Table 27-2, access rights.
template <class I>
struct AccessRights {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    template <unsigned Hi, unsigned Lo, Text Name> using P = typename I::template part<Hi, Lo, Name>;
    BOOST_HANA_DEFINE_STRUCT(AccessRights,
        (P<3, 0, "Type">, type), (B<4, "S">, s), (P<6, 5, "DPL">, dpl), (B<7, "P">, p), (B<12, "AVL">, avl),
        (B<13, "L">, l), (B<14, "D/B">, db), (B<15, "G">, g), (B<16, "unusable">, unusable));
};

/// Table 27-3, interruptibility state.
template <class I>
struct Interruptibility {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(Interruptibility,
        (B<0, "blocking by STI">, sti), (B<1, "blocking by MOV SS">, mov_ss), (B<2, "blocking by SMI">, smi),
        (B<3, "blocking by NMI">, nmi), (B<4, "enclave interruption">, enclave));
};

/// Table 27-4, pending debug exceptions.
template <class I>
struct PendingDebug {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(PendingDebug,
        (B<0, "B0">, b0), (B<1, "B1">, b1), (B<2, "B2">, b2), (B<3, "B3">, b3), (B<11, "BLD">, bld),
        (B<12, "enabled breakpoint">, enabled_breakpoint), (B<14, "BS">, bs), (B<16, "RTM">, rtm));
};

/// A page-directory-pointer-table entry with PAE paging, SDM volume 3A 5.4.
template <class I>
struct Pdpte {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(Pdpte, (B<0, "P">, p), (B<3, "PWT">, pwt), (B<4, "PCD">, pcd));
};

/// SDM volume 3D, A.1 Basic VMX Information.
template <class I>
struct VmxBasic {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    template <unsigned Hi, unsigned Lo, Text Name> using P = typename I::template part<Hi, Lo, Name>;
    BOOST_HANA_DEFINE_STRUCT(VmxBasic,
        (P<30, 0, "VMCS revision identifier">, revision), (P<44, 32, "VMCS region size">, region_size),
        (B<48, "addresses limited to 32 bits">, addresses_32_bit), (B<49, "dual-monitor treatment">, dual_monitor),
        (P<53, 50, "VMCS memory type">, memory_type), (B<54, "INS/OUTS information">, ins_outs),
        (B<55, "TRUE capability MSRs">, true_controls), (B<56, "error code optional">, error_code_optional),
        (B<58, "nested exceptions">, nested_exception));
};

/// SDM volume 3D, A.6 Miscellaneous Data.
template <class I>
struct VmxMisc {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    template <unsigned Hi, unsigned Lo, Text Name> using P = typename I::template part<Hi, Lo, Name>;
    BOOST_HANA_DEFINE_STRUCT(VmxMisc,
        (P<4, 0, "preemption-timer rate">, timer_rate), (B<5, "exits store LMA">, store_lma), (B<6, "HLT">, hlt),
        (B<7, "shutdown">, shutdown), (B<8, "wait-for-SIPI">, wait_for_sipi), (B<14, "PT in VMX operation">, pt_in_vmx),
        (B<15, "RDMSR of SMBASE in SMM">, smbase), (P<24, 16, "CR3-target values">, cr3_targets),
        (P<27, 25, "MSR-list maximum">, msr_list), (B<28, "SMM_MONITOR_CTL bit 2">, smm_monitor),
        (B<29, "VMWRITE to any field">, vmwrite_any), (B<30, "injection with length 0">, zero_length_injection));
};

/// SDM volume 3D, A.10 VPID and EPT Capabilities.
template <class I>
struct EptVpidCap {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(EptVpidCap,
        (B<0, "execute-only">, execute_only), (B<6, "page-walk length 4">, walk_4), (B<7, "page-walk length 5">, walk_5),
        (B<8, "UC">, uc), (B<14, "WB">, wb), (B<16, "2-MByte pages">, pages_2m), (B<17, "1-GByte pages">, pages_1g),
        (B<20, "INVEPT">, invept), (B<21, "accessed and dirty flags">, accessed_dirty),
        (B<22, "advanced exit information">, advanced_exit_info), (B<23, "supervisor shadow stacks">, supervisor_shadow_stack),
        (B<25, "single-context INVEPT">, invept_single), (B<26, "all-context INVEPT">, invept_all), (B<32, "INVVPID">, invvpid),
        (B<40, "individual-address INVVPID">, invvpid_address), (B<41, "single-context INVVPID">, invvpid_single),
        (B<42, "all-context INVVPID">, invvpid_all), (B<43, "single-context-retaining-globals INVVPID">, invvpid_retaining));
};

/// A capability MSR of a 32-bit control word, SDM volume 3D A.3 to A.5: low half the bits that must be 1 (allowed
/// 0-settings), high half the bits that may be 1 (allowed 1-settings).
template <class I>
struct AllowedSettings {
    template <unsigned Hi, unsigned Lo, Text Name> using P = typename I::template part<Hi, Lo, Name>;
    BOOST_HANA_DEFINE_STRUCT(AllowedSettings,
        (P<31, 0, "allowed 0-settings">, must_be_1), (P<63, 32, "allowed 1-settings">, may_be_1));
};

// clang-format on

}  // namespace vmxspec
