// A state as a machine has it: every leaf has a value.
#pragma once

#include "proofs/state/known_state.hpp"

#include <cstdint>
#include <vector>

namespace vmxspec {

/// The values of all leaves, in their order; bits that are not known are 0.
[[nodiscard]] std::vector<std::uint64_t> machine_values(const KnownState& known);

}  // namespace vmxspec
