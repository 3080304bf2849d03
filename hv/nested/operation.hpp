/// VMX instructions of L1's, through the generated state machine.
#pragma once

#include "hv/l1/instruction.hpp"
#include "hv/nested/nested.hpp"

namespace vmxspec::hv {

using generated::Ending;
using generated::InstructionRow;

/// The state machine's part that the instruction at hand reads, from VMCS01, which is current.
void read_before(Processor& processor);

/// Of that, what all instructions read; in VMX operation it is enough for those that read no control registers.
inline void read_mode(Nested& nested) {
    InstructionState& machine = nested.machine;
    machine.before_efer = read(Field::guest_ia32_efer);
    machine.before_rflags = read(Field::guest_rflags);
    machine.before_cpl = read(nth(Field::guest_es_access_rights, 2)) >> 5 & 3;  // SS's DPL
    machine.before_cs_l = (read(Field::guest_cs_access_rights) & access_rights_l) != 0;
}

/// Ends the instruction that was done: VMsucceed leaves these flags.
inline void succeed(const Nested& nested, std::uint64_t rflags) {
    if (rflags != nested.machine.before_rflags) {
        write(Field::guest_rflags, rflags);
    }
    complete_instruction();
}

/// How the row ends: VMfail is VMfailValid or VMfailInvalid, as there is a current VMCS or not.
[[nodiscard]] Ending ending_of(const Nested& nested, InstructionRow row);

/// Ends the instruction: the fault, or its flags and the VM-instruction error.
void finish(Processor& processor, InstructionRow row);

/// Fields that L1 has written without a VM exit become VMCS12's.
void take_written_fields(Processor& processor);

/// Puts the cached VMCS12 into L1's memory, if there is one.
void flush_vmcs12(Processor& processor);

/// What must be real before VMCS01 runs again, or VMCS02: an NMI that came in between.
void pass_on_nmi(Nested& nested);

}  // namespace vmxspec::hv
