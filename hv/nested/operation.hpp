/// VMX instructions of L1's, through the generated state machine.
#pragma once

#include "hv/nested/nested.hpp"

namespace vmxspec::hv {

using generated::InstructionResult;

/// The state machine's part that the instruction at hand reads, from VMCS01, which is current.
void read_before(Processor& processor);

/// Ends the instruction: the fault, or its flags and the VM-instruction error.
void finish(Processor& processor, const InstructionResult& result);

/// Puts the cached VMCS12 into L1's memory, if there is one.
void flush_vmcs12(Nested& nested);

/// What must be real before VMCS01 runs again, or VMCS02: an NMI that came in between.
void pass_on_nmi(Nested& nested);

}  // namespace vmxspec::hv
