/// MSR areas of VMCS12 (SDM 27.7.2, 27.8.2).
#pragma once

#include "hv/nested/nested.hpp"
#include "vmxspec/generated/entry_load.hpp"

namespace vmxspec::hv {

using generated::MsrAreaEntry;

/// More entries than the recommended maximum (IA32_VMX_MISC[27:25], SDM appendix A.6) may be anything: they fail.
[[nodiscard]] std::uint32_t most_msr_entries(const Vmcs12& v);

/// WRMSR for L1's VM entry or exit, on the registers that the current VMCS has, or the processor. False: it faults.
[[nodiscard]] bool load_msr(Processor& processor, std::uint32_t index, std::uint64_t value);

/// RDMSR, likewise. Nothing: it faults.
[[nodiscard]] std::optional<std::uint64_t> store_msr(const Processor& processor, std::uint32_t index);

}  // namespace vmxspec::hv
