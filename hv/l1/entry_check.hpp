/// The generated checks on VM entries of L1.
#pragma once

#include "hv/l1/machine.hpp"
#include "hv/l1/processor.hpp"
#include "runtime/cpu/vm_entry.hpp"

namespace vmxspec::hv {

[[nodiscard]] inline bool entry_check_wanted() { return machine.options.check_each_entry; }

/// Reads what the checks need of the processor: once, in VMX root operation. L1's memory may be read by them.
void prepare_entry_check();

/// Judges the VM entry that the current VMCS describes. If the manual says that it fails, that is reported, with the
/// rules, and the processor stops. \param registers    L1's, for the report
void check_entry(Processor& processor, const Registers& registers, runtime::VmEntryInstruction instruction);

/// Says of a VM entry that has failed which rules it breaks.
void explain_entry(runtime::VmEntryInstruction instruction);

}  // namespace vmxspec::hv
