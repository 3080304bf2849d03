/// VMX instructions of L1's, through the generated state machine.
#pragma once

#include "hv/nested/nested.hpp"

namespace vmxspec::hv {

using generated::Ending;
using generated::InstructionRow;

/// The state machine's part that the instruction at hand reads, from VMCS01, which is current.
void read_before(Processor& processor);

/// How the row ends: VMfail is VMfailValid or VMfailInvalid, as there is a current VMCS or not.
[[nodiscard]] Ending ending_of(const Nested& nested, InstructionRow row);

/// Ends the instruction: the fault, or its flags and the VM-instruction error.
void finish(Processor& processor, InstructionRow row);

/// Puts the cached VMCS12 into L1's memory, if there is one.
void flush_vmcs12(Nested& nested);

/// What must be real before VMCS01 runs again, or VMCS02: an NMI that came in between.
void pass_on_nmi(Nested& nested);

}  // namespace vmxspec::hv
