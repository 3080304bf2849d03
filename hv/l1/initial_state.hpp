/// The guest state after an INIT (SDM table 12-1).
#pragma once

#include <cstdint>

namespace vmxspec::hv {

/// Values of the activity state (SDM 27.4.2).
namespace activity {
inline constexpr std::uint64_t active = 0, hlt = 1, shutdown = 2, wait_for_sipi = 3;
}  // namespace activity

/// Writes the guest-state fields of the current VMCS, but for the activity state: as after INIT, at FFFFFFF0H.
/// \param cr0_mask  bits of CR0 that VMX fixes to 1, and that L1 reads as 0
void write_state_after_init(std::uint64_t cr0_mask);

/// The local APIC as after INIT, but for interrupts that are requested (SDM 13.4.7.3).
void reset_local_apic();

/// DR0 to DR3 and DR6, which are in no VMCS.
void clear_debug_registers();

}  // namespace vmxspec::hv
