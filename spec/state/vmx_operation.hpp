// VMX operation as the instructions of SDM chapter 33 see it, beyond what a VM entry reads: the logical processor, the
// instruction's operands, what the checks of a VM entry said, and one VMCS region that stands for any.
#pragma once

#include "spec/state/formats_control.hpp"
#include "spec/state/formats_register.hpp"

#include <cstdint>

namespace vmxspec {

// clang-format off
/// IA32_FEATURE_CONTROL, SDM 26.7.
template <class I>
struct FeatureControl {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(FeatureControl,
        (B<0, "lock bit">, lock), (B<1, "VMXON in SMX operation">, vmxon_in_smx),
        (B<2, "VMXON outside SMX operation">, vmxon_outside_smx));
};

/// IA32_SMM_MONITOR_CTL, SDM 34.15.5.
template <class I>
struct SmmMonitorCtl {
    template <unsigned N, Text Name> using B = typename I::template bit<N, Name>;
    BOOST_HANA_DEFINE_STRUCT(SmmMonitorCtl,
        (B<0, "valid">, valid), (B<2, "VMXOFF leaves SMIs blocked">, vmxoff_keeps_smi_blocked));
};

/// State of the logical processor. What VM entries read too is in Before: VMX operation and non-root operation, the
/// current-VMCS pointer with the launch state and type of the current VMCS, blocking by MOV SS, SMM.
template <class I>
struct VmxOperation {
    template <std::uint32_t Index, Text Name, template <class> class Format = Plain>
    using M = typename I::template msr<Index, Name, Format>;
    template <unsigned Width, Text Name, template <class> class Format = Plain>
    using S = typename I::template state<Width, Name, Format>;
    BOOST_HANA_DEFINE_STRUCT(VmxOperation,
        (M<0x3a, "IA32_FEATURE_CONTROL", FeatureControl>,                feature_control),
        (S<64, "IA32_SMM_MONITOR_CTL", SmmMonitorCtl>,                   smm_monitor_ctl),
        (S<64, "VMXON pointer">,                                         vmxon_pointer),
        (S<64, "SMM-transfer VMCS pointer">,                             smm_transfer_vmcs),
        (S<1, "the current VMCS was launched before VMXOFF and not cleared since">, current_stale),
        (S<1, "in SMX operation">,                                       in_smx),
        (S<1, "in A20M mode">,                                           a20m),
        (S<1, "A20M is blocked">,                                        a20m_blocked),
        (S<1, "INIT signals are blocked">,                               init_blocked),
        (S<1, "SMIs are blocked">,                                       smi_blocked),
        (S<1, "address-range monitoring is established">,                monitoring),
        (S<1, "dual-monitor treatment of SMIs and SMM is active">,       dual_monitor_active));
};

/// Operands, and what lies where they point. Each is meaningful only for the instructions that have it.
template <class I>
struct Operand {
    template <unsigned Width, Text Name, template <class> class Format = Plain>
    using S = typename I::template state<Width, Name, Format>;
    BOOST_HANA_DEFINE_STRUCT(Operand,
        (S<1, "the operand that must be in memory is a register">,       is_register),
        (S<64, "operand of VMXON, VMCLEAR or VMPTRLD">,                  address),
        (S<32, "first 4 bytes at the operand">,                          word),
        (S<1, "launch state of the VMCS at the operand is launched">,    launched),
        (S<1, "the VMCS at the operand was launched before VMXOFF and not cleared since">, stale),
        (S<64, "VMCS-field encoding">,                                   encoding),
        (S<1, "the encoding is that of a VMCS field which the processor has">, field_exists),
        (S<1, "bit of the VMREAD or VMWRITE bitmap for the encoding">,   bitmap_bit),
        (S<64, "the VMCS field, zero-extended">,                         field),
        (S<64, "source of VMWRITE, destination of VMREAD and VMPTRST">,  value),
        (S<64, "INVEPT or INVVPID type">,                                type),
        (S<64, "INVEPT or INVVPID descriptor, bits 63:0", Eptp>,         descriptor_low),
        (S<64, "INVEPT or INVVPID descriptor, bits 127:64">,             descriptor_high),
        (S<32, "EAX">,                                                   eax),
        (S<32, "ECX">,                                                   ecx),
        (S<64, "entry ECX of the EPTP list", Eptp>,                      listed_eptp),
        (S<32, "MSEG-header revision identifier">,                       mseg_revision),
        (S<32, "SMM-transfer monitor features">,                         mseg_features));
};

/// What the checks that a VM entry makes after the basic ones said, and what the checks of a VM entry that returns from
/// SMM read. The rules of 29.2 to 29.4 decide the first four.
template <class I>
struct EntryChecks {
    template <unsigned Width, Text Name, template <class> class Format = Plain>
    using S = typename I::template state<Width, Name, Format>;
    BOOST_HANA_DEFINE_STRUCT(EntryChecks,
        (S<1, "the VMX controls pass the checks of 29.2">,               controls),
        (S<1, "the host state passes the checks of 29.2">,               host_state),
        (S<1, "the guest state passes the checks of 29.3">,              guest_state),
        (S<1, "every entry of the VM-entry MSR-load area is accepted">,  msr_load),
        (S<1, "the VM-execution controls of the executive VMCS pass the checks of 29.2">, executive_controls),
        (S<32, "first 4 bytes at the executive-VMCS pointer">,           executive_word));
};

/// The VMCS that becomes current without VMPTRLD: on an SMM VM exit the SMM-transfer VMCS, on a return from SMM the VMCS
/// that the executive-VMCS pointer or the VMCS link pointer names.
template <class I>
struct Successor {
    template <unsigned Width, Text Name, template <class> class Format = Plain>
    using S = typename I::template state<Width, Name, Format>;
    BOOST_HANA_DEFINE_STRUCT(Successor,
        (S<1, "the successor is a shadow VMCS">,                         shadow),
        (S<1, "launch state of the successor is launched">,              launched),
        (S<1, "the successor was launched before VMXOFF and not cleared since">, stale));
};

/// One VMCS region, any: what is proven of it holds of every region.
template <class I>
struct Region {
    template <unsigned Width, Text Name, template <class> class Format = Plain>
    using S = typename I::template state<Width, Name, Format>;
    BOOST_HANA_DEFINE_STRUCT(Region,
        (S<64, "address of the VMCS region">,                            address),
        (S<1, "the VMCS is active">,                                     active),
        (S<1, "launch state of the VMCS is launched">,                   launched),
        (S<1, "the VMCS is a shadow VMCS">,                              shadow),
        (S<1, "the VMCS was launched before VMXOFF and not cleared since">, stale));
};
// clang-format on

}  // namespace vmxspec
