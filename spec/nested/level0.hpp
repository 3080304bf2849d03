// What the translation reads besides VMCS12: the real processor, VMCS01, and the addresses that L0 chose. They are
// leaves of their own: `real.*`, `vmcs01.*` and `l0.*`.
#pragma once

#include "spec/nested/view.hpp"

namespace vmxspec::nested {

/// The number of the leaf of this name: a copy of the leaf, which is added unless it is there.
[[nodiscard]] std::size_t copy_of(State& s, std::size_t leaf, const std::string& name);

struct Level0 {
    /// Adds the leaves to the state, unless they are there.
    explicit Level0(State& s);

    /// Capability MSRs of the real processor, in the place of those that L1 sees (`capability.*`).
    View real;
    /// Fields of VMCS01 in the place of the same fields of VMCS12: the controls and the host state under which L1 runs,
    /// and the registers of L1 that VM exits save there.
    View vmcs01;

    Bits<64> vmcs02;       ///< physical address of the VMCS02 region
    Bits<64> io_bitmap_a;  ///< physical addresses of L0's own pages: VMCS12's bitmaps merged with L0's
    Bits<64> io_bitmap_b;
    Bits<64> msr_bitmap;
    Bits<64> shadow_vmcs;  ///< physical address of a shadow VMCS region, which has what VMCS12's link pointer leads to
    Bits<32> link_word;    ///< what is at its begin
    Bits<64> vmread_bitmap;  ///< L0's own pages: VMCS12's bitmaps, and ones for fields that L1 is not offered
    Bits<64> vmwrite_bitmap;
    Bits<64> virtual_apic;      ///< L0's translation of VMCS12's virtual-APIC address; a page of L0's if that fails
    Bits<64> apic_access;       ///< likewise, of the APIC-access address
    Bits<64> eptp;              ///< EPT02: EPT12 composed with EPT01, or EPT01 itself for an L2 without EPT
    Bits<16> vpid;              ///< VPID02
    Bool trace_enabled;         ///< IA32_RTIT_CTL.TraceEn when L0 enters L2
    Bits<64> perf_global_ctrl;  ///< L1's IA32_PERF_GLOBAL_CTRL
};

}  // namespace vmxspec::nested
