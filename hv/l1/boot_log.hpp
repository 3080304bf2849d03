/// What is said before L1 starts: what the hypervisor has found, and what it does with it.
#pragma once

#include "hv/l1/processor.hpp"
#include "hv/l1/vmcs01.hpp"
#include "runtime/boot/boot_information.hpp"

namespace vmxspec::hv {

/// Firmware, boot loader, memory, the processor on which this is executed, and where the hypervisor lies.
void log_machine(const runtime::BootInformation& boot);

/// The boot loader's modules: the guest, and what it is given. Before the guest is loaded over them.
void log_guest(const runtime::BootInformation& boot);

/// The controls of VMCS01, and what VMX has besides.
void log_controls(const Processor& processor);

/// Where L1 starts, and how long the hypervisor took from its own first instructions: to be called just before
/// VMLAUNCH.
void log_start(const GuestStart& start);

}  // namespace vmxspec::hv
