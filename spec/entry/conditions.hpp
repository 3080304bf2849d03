// Conditions that many rows share. Each is the manual's wording once, as an expression.
#pragma once

#include "spec/state/state.hpp"

namespace vmxspec::entry {

/// The low `low` bits of the word are 0.
template <unsigned W>
[[nodiscard]] Bool aligned(Bits<W> word, unsigned low) {
    return (word & low_bits(low)) == 0;
}

/// MAXPHYADDR as checks use it: CPUID.80000008H:EAX[7:0], less IA32_TME_ACTIVATE[39:36] where bit 0 says that TME is
/// configured and the processor is not in SEAM (SDM 29.2.1).
[[nodiscard]] Bits<8> physical_width(const State& s);

/// The physical address sets no bit beyond the width that the processor allows: bits 63:32 where IA32_VMX_BASIC[48] is
/// 1, bits 63:MAXPHYADDR otherwise (SDM 29.2.1).
[[nodiscard]] Bool within_physical_width(const State& s, Bits<64> address);

/// The address is canonical for the processor's largest linear-address width N: bits 63:N-1 are identical.
[[nodiscard]] Bool canonical(const State& s, Bits<64> address);

/// Bits 63:N of the address are identical, N the processor's largest linear-address width (SDM 29.3.1.4: weaker than
/// canonical, for bit N-1 may differ).
[[nodiscard]] Bool upper_bits_identical(const State& s, Bits<64> address);

/// A 32-bit control word agrees with its capability MSR: the bits that must be 1 are, the bits that may not be are not
/// (SDM volume 3D, A.3 to A.5).
[[nodiscard]] Bool allowed(Bits<32> word, Bits<64> settings);

/// The capability MSR that governs a control word: the TRUE one where IA32_VMX_BASIC[55] is 1 (SDM volume 3D, A.2).
[[nodiscard]] Bits<64> governing(const State& s, Bits<64> plain, Bits<64> true_settings);

/// The relevant bits of a control register have values that VMX operation supports: 1 where FIXED0 has 1, 0 where
/// FIXED1 has 0 (SDM 26.8; volume 3D, A.7 and A.8).
[[nodiscard]] Bool fixed_bits(Bits<64> value, Bits<64> fixed0, Bits<64> fixed1, Bits<64> relevant);

/// CR3 without the bits that are no address bits: 62:61 where the processor supports LAM (SDM volume 3A, 4.4.1).
[[nodiscard]] Bits<64> cr3_address(const State& s, Bits<64> cr3);

/// Each of the 8 bytes is a memory type that IA32_PAT takes: 0, 1, 4, 5, 6 or 7 (SDM 29.3.1.1).
[[nodiscard]] Bool pat_memory_types(Bits<64> pat);

/// Each PDPTE that is present sets no reserved bit: 2:1, 8:5 and those at and above the width (SDM volume 3A, 5.4.1).
[[nodiscard]] Bool valid_pdptes(std::initializer_list<Bits<64>> entries, Bits<8> width);

/// Bits that IA32_EFER reserves on this processor (SDM volume 4, Table 2-2, C0000080H).
[[nodiscard]] Bits<64> efer_reserved(const State& s);

}  // namespace vmxspec::entry
