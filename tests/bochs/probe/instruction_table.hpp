/// Every row of the VMX-instruction table, executed and reported.
#pragma once

#include "tests/bochs/probe/account.hpp"
#include "tests/bochs/probe/instruction_stage.hpp"

namespace vmxspec::probe {

/// Tries every instruction in every situation, and then the rows that are about one of them. The trace gets what the
/// manual's conditions read and how the instruction ended; what the manual says of it is not known here.
/// The processor is in VMX root operation before, and outside of VMX operation afterwards.
void run_instructions(runtime::PageAllocator& pages, const Experiment& experiment, Trace& trace, Account& account);

}  // namespace vmxspec::probe
