/// The state that the generated checks read, from the machine on which they run.
#pragma once

#include <cstdint>

#include "hv/check/circumstances.hpp"
#include "vmxspec/generated/entry_state.hpp"

namespace vmxspec::hv {

using State = generated::EntryState<std::uint64_t>;

/// The processor's part, which no VM entry changes: capability MSRs (SDM appendix A), other MSRs that checks read,
/// CPUID. What this processor does not have is 0.
[[nodiscard]] State read_processor();

/// Fills in what belongs to one VM entry, except memory operands: the current VMCS by VMREAD (a field that it does not
/// have is 0), the current-VMCS pointer, control registers, IA32_EFER, RFLAGS and CPL as they are now, and what the
/// caller knows. A failing VMREAD leaves its number in the VM-instruction error field.
void read_entry(State& s, const Circumstances& circumstances);

}  // namespace vmxspec::hv
