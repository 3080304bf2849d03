/// What the manual says of a VM entry of L1's.
#pragma once

#include "hv/nested/nested.hpp"
#include "vmxspec/generated/entry_result.hpp"

namespace vmxspec::hv {

/// Fills in, of the state that checks read, what belongs to this VM entry. The state machine's `before` must be there.
void read_entry12(Nested& nested, bool vmresume);

/// The first rule of SDM 29.1 to 29.3 that it breaks.
[[nodiscard]] generated::Rule first_broken(const Nested& nested);

/// One line: how the VM entry ends and why, where the boot options and the number of lines so far allow it.
void explain(const Nested& nested, const generated::Outcome& outcome, generated::MsrRule msr_rule);

}  // namespace vmxspec::hv
