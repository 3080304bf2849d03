/// What the manual says of a VM entry of L1's.
#pragma once

#include "hv/nested/nested.hpp"

namespace vmxspec::hv {

/// Takes what the checks of the VM entry read besides fields. The state machine's `before` must be there.
void take_inputs(Nested& nested, bool vmresume);

/// The first rule of SDM 29.1 to 29.3 that the VM entry breaks.
[[nodiscard]] generated::Rule first_broken(Nested& nested);

}  // namespace vmxspec::hv
