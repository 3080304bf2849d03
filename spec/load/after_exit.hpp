// The processor after a VM exit has loaded host state and before it loads any MSR of the VM-exit MSR-load area, and
// what makes of the exit a VMX abort. Cited: SDM 30.2, 30.4 to 30.7.
#pragma once

#include "spec/load/load_table.hpp"
#include "spec/load/msr_load.hpp"

namespace vmxspec::load {

/// Values of the VMX-abort indicator (SDM 30.7).
enum class VmxAbort : std::uint8_t {
    msr_store = 1,
    host_pdpte = 2,
    corrupted_vmcs = 3,
    msr_load = 4,
    machine_check = 5,
    host_address_space_size = 6,
};

/// CR0, CR4 and IA32_EFER as a VM exit establishes them (SDM 30.5.1).
[[nodiscard]] Registers host_registers(const State& s);

/// A VM exit to PAE paging (SDM 30.5.4).
[[nodiscard]] Bool exits_to_pae_paging(const State& s);

/// The address with bits 63:N equal to bit N-1, N the processor's linear-address width, as a VM exit loads it; 32 bits,
/// zero-extended, on a processor without Intel 64 (SDM 30.5.1).
[[nodiscard]] Bits<64> made_canonical(const State& s, Bits<64> address);

// The parts, in the manual's order; after_exit() has all of them.
void exit_information(LoadTable& table, const State& s);                       // 30.2.1, 30.2.2, 30.2.4
void exit_vmcs(LoadTable& table, const State& s);                              // 30.2
void exit_registers(LoadTable& table, const State& s, const Registers& host);  // 30.5.1, 30.5.3
void exit_segments(LoadTable& table, const State& s);                          // 30.5.2
void exit_non_register(LoadTable& table, const State& s);                      // 30.5.4 to 30.5.6

/// All rows, over the leaves of `s.host`, `s.control` and `s.exiting`. Addresses and instruction information (30.2.1,
/// 30.2.5) and the guest state that the exit saves (30.3) are no part of it.
[[nodiscard]] LoadTable after_exit(const State& s, const Registers& host);

/// Rules of VM exits. A check whose condition does not hold is a VMX abort; those of MSR areas speak of one entry, over
/// the leaves of `s.msr_entry`.
[[nodiscard]] RuleTable exit_rules(const State& s, const Registers& host);

}  // namespace vmxspec::load
