// The processor after guest state has been loaded, before any MSR of the VM-entry MSR-load area. Cited: SDM 29.3.2.1.
#pragma once

#include "spec/state/state.hpp"

namespace vmxspec::load {

struct Registers {
    Word<64, Cr0> cr0;
    Word<64, Cr4> cr4;
    Word<64, Efer> efer;
};

/// CR0, CR4 and IA32_EFER as "Loading Guest Control Registers, Debug Registers, and MSRs" establishes them.
[[nodiscard]] Registers registers(const State& s);

}  // namespace vmxspec::load
