/// All processors but the boot processor.
#pragma once

#include <cstddef>

#include "runtime/boot/boot_information.hpp"

namespace vmxspec::hv {

/// Starts all others: those of which ACPI tells, or, where there are no such tables, all that follow a broadcast. Each
/// gets its memory and waits. Where it is too little for VMX on each of them, L1 has none; refuses to go on when there
/// are too many even so.
/// \param pages_each  what the first processor has taken of the hypervisor's memory
void gather_processors(const runtime::BootInformation& boot, std::size_t pages_each);

/// L1 begins on each of them, in the wait-for-SIPI state. The boot processor is in VMX operation.
void run_other_processors();

}  // namespace vmxspec::hv
