/// Why a VM entry of L1's fails: one line of the log, if the boot option explain=on asks for it. Each reason is told
/// the 1st, 2nd, 4th, 8th ... time, so that an L1 that tries for ever leaves room for the rest.
#pragma once

#include "hv/nested/msr_area.hpp"
#include "hv/nested/operation.hpp"

namespace vmxspec::hv {

/// A row of VMLAUNCH or VMRESUME that is not about the checks of 29.2 and 29.3.
void explain(Nested& nested, InstructionRow row);

/// Rules of SDM 29.1 to 29.3: `broken` is the first, which decides the outcome. Each that is broken and may have it is
/// named, with what it reads of VMCS12; others are counted.
void explain(Nested& nested, generated::Rule broken, const generated::Outcome& outcome);

/// A rule of the VM-entry MSR-load area, with the entry that breaks it (SDM 29.4).
void explain(Nested& nested, generated::MsrRule broken, const generated::Outcome& outcome, const MsrAreaEntry& entry);

/// The processor fails a VM entry that keeps all rules. Whatever the boot options are: it differs from the manual.
void explain_processor(Nested& nested, const generated::Outcome& outcome);

}  // namespace vmxspec::hv
