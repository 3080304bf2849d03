// What holds of every processor and of every state in which VMLAUNCH or VMRESUME can be executed: the ground that
// theorems stand on.
#pragma once

#include "spec/state/state.hpp"

namespace vmxspec {

/// The processor's capability MSRs and sizes agree with each other as SDM volume 3D, appendix A demands.
[[nodiscard]] Bool consistent_processor(const State& s);

/// The logical processor that executes the VM entry is in VMX root operation in a mode that the architecture knows.
[[nodiscard]] Bool consistent_mode(const State& s);

}  // namespace vmxspec
