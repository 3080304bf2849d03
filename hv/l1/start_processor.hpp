/// A logical processor, from the boot loader's hands into VMX operation, and L1 on it.
#pragma once

#include "hv/l1/processor.hpp"
#include "hv/l1/vmcs01.hpp"

namespace vmxspec::hv {

/// Memory for one more processor, which gets the next number. Refuses to go on without.
[[nodiscard]] Processor& new_processor();

/// Makes this processor that one: tables, control registers, VMX root operation, VMCS01 current and written.
void begin_vmx(Processor& processor);

/// L1 begins on this processor, with the state that the VMCS has. As `begin_vmx` leaves it, it waits for a SIPI.
[[noreturn]] void run_guest(Processor& processor);

}  // namespace vmxspec::hv
