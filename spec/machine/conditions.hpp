// Conditions and effects that the operation sections of SDM 33.3 share.
#pragma once

#include "spec/machine/transition.hpp"

namespace vmxspec::machine {

/// In VMX root operation.
[[nodiscard]] Bool in_root(const State& s);
/// In VMX non-root operation.
[[nodiscard]] Bool in_non_root(const State& s);
/// The current-VMCS pointer is valid: not FFFFFFFF_FFFFFFFFH (27.1).
[[nodiscard]] Bool has_current(const State& s);
/// CR0.PE = 0, RFLAGS.VM = 1, or IA-32e mode with CS.L = 0: modes in which no VMX instruction is recognised.
[[nodiscard]] Bool wrong_mode(const State& s);
/// In VMX root operation at CPL 0, in a mode that recognises VMX instructions: where they do what they are for.
[[nodiscard]] Bool privileged_root(const State& s);
/// 4-KByte aligned and within the physical-address width, as VMXON and VMCS pointers must be (27.1, 27.11.5).
[[nodiscard]] Bool valid_pointer(const State& s, Bits<64> address);
/// The 4 bytes are the processor's VMCS revision identifier, whatever bit 31 is (27.2).
[[nodiscard]] Bool right_revision(const State& s, Bits<32> word);
/// The processor supports the 1-setting of this secondary processor-based control (volume 3D, A.3.3).
[[nodiscard]] Bool supports_secondary(const State& s, unsigned bit);
/// A VM entry with "enable EPT" = 1 would not fail due to this EPTP value: the rules ctl.eptp.* (29.2.1.1).
[[nodiscard]] Bool valid_eptp(const State& s, const RuleTable& rules, Bits<64> eptp);
/// A register operand: its low 32 bits outside 64-bit mode (33.3).
[[nodiscard]] Bits<64> effective(const State& s, Bits<64> operand);

/// Bits of RFLAGS that VMsucceed and VMfail write: CF, PF, AF, ZF, SF, OF.
inline constexpr std::uint64_t arithmetic_flags = 0x8d5;

// The pseudo-functions of 33.2, and the exits.
[[nodiscard]] Effects vmsucceed(const State& s);
[[nodiscard]] Effects vmfail_invalid(const State& s);
[[nodiscard]] Effects vmfail_valid(const State& s, std::uint32_t number);
[[nodiscard]] Effects vmfail(const State& s, std::uint32_t number);
/// A VM exit, as far as VMX operation goes (30.2, 30.5.3, 30.5.5, 30.5.6); registers are loaded from the host-state
/// area.
[[nodiscard]] Effects vm_exit(const State& s, std::uint32_t reason);
/// A VM entry that fails in 29.3 or 29.4: the host state is loaded, the logical processor stays in VMX root operation.
[[nodiscard]] Effects entry_failure(const State& s, std::uint32_t reason);

/// Rows of the instructions that are #UD outside VMX operation and in a wrong mode, VM exits in VMX non-root operation
/// and #GP(0) at CPL > 0: `ud`, `exit`, `gp`.
struct Entrance {
    std::uint32_t exit_reason;
    Bool undefined;  ///< what else makes it #UD
};
void entrance(TransitionTable& table, const State& s, const Entrance& entrance);

}  // namespace vmxspec::machine
