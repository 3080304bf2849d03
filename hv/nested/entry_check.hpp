/// What the manual says of a VM entry of L1's.
#pragma once

#include "hv/nested/nested.hpp"

namespace vmxspec::hv {

/// The first rule of SDM 29.1 to 29.3 that the VM entry breaks. The state machine's `before` must be there.
[[nodiscard]] generated::Rule first_broken(Nested& nested, bool vmresume);

}  // namespace vmxspec::hv
