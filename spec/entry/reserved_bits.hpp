// Bits that MSRs reserve on this processor, as masks: a value keeps the rule when it has none of them. VM entry and
// WRMSR read the same masks. What a feature adds is declared; the rest is reserved.
#pragma once

#include "spec/state/state.hpp"

namespace vmxspec::entry {

/// The value sets none of the reserved bits.
[[nodiscard]] Bool none_reserved(Bits<64> value, Bits<64> reserved);

/// IA32_PERF_GLOBAL_CTRL (SDM volume 4, Table 2-2, 38FH; volume 3B, 22.2.2).
[[nodiscard]] Bits<64> perf_global_ctrl_reserved(const State& s);

/// IA32_DEBUGCTL (SDM volume 4, Table 2-2, 1D9H).
[[nodiscard]] Bits<64> debugctl_reserved(const State& s);

/// IA32_SPEC_CTRL (SDM volume 4, Table 2-2, 48H).
[[nodiscard]] Bits<64> spec_ctrl_reserved(const State& s);

/// IA32_S_CET and IA32_U_CET (SDM volume 4, Table 2-2, 6A0H and 6A2H).
[[nodiscard]] Bits<64> s_cet_reserved(const State& s);

/// IA32_RTIT_CTL (SDM volume 3C, Table 36-6). Reserved encodings of its fields are no reserved bits.
[[nodiscard]] Bits<64> rtit_ctl_reserved(const State& s);

/// IA32_LBR_CTL (SDM volume 3B, chapter 21; CPUID.1CH).
[[nodiscard]] Bits<64> lbr_ctl_reserved(const State& s);

/// IA32_BNDCFGS: bits 11:2 (SDM volume 4, Table 2-2, D90H).
[[nodiscard]] Bits<64> bndcfgs_reserved(const State& s);

/// IA32_FRED_CONFIG: bits 11, 5:4 and 2 (SDM 29.2.2).
[[nodiscard]] Bits<64> fred_config_reserved(const State& s);

/// The pending-debug-exceptions field: bits 63:17, 15, 13 and 10:4, and bit 11 without bus-lock detection (SDM Table
/// 27-4).
[[nodiscard]] Bits<64> pending_debug_reserved(const State& s);

/// EPTP: bits 11:8, and bit 7 where IA32_VMX_EPT_VPID_CAP[23] is 0 (SDM Table 27-9).
[[nodiscard]] Bits<64> eptp_reserved(const State& s);

}  // namespace vmxspec::entry
