/// All processors but the boot processor.
#pragma once

#include "runtime/boot/boot_information.hpp"

namespace vmxspec::hv {

/// Starts all others: those of which ACPI tells, or, where there are no such tables, all that follow a broadcast. Each
/// gets its memory and waits. Refuses to go on when there are too many.
void gather_processors(const runtime::BootInformation& boot);

/// L1 begins on each of them, in the wait-for-SIPI state. The boot processor is in VMX operation.
void run_other_processors();

}  // namespace vmxspec::hv
