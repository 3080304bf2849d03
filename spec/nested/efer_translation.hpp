// What an outer hypervisor without "load IA32_EFER" puts into VMCS02's MSR-load area for IA32_EFER.
#pragma once

#include "spec/state/state.hpp"

namespace vmxspec::nested {

/// The translation of the recorded failure: L1's own IA32_EFER, copied.
[[nodiscard]] Bits<64> copied_efer(const State& s);

/// L1's IA32_EFER with LME and LMA as the VM entry establishes them: "IA-32e mode guest" where CR0.PG = 1; where it is
/// 0, LME as L1 has it, for the entry leaves it untouched (SDM 29.3.2.1).
[[nodiscard]] Bits<64> established_efer(const State& s);

}  // namespace vmxspec::nested
