/// The guest: found among the boot loader's modules, and put where it wants to be.
#pragma once

#include "hv/l1/guest_memory.hpp"
#include "hv/l1/options.hpp"
#include "hv/l1/vmcs01.hpp"
#include "runtime/boot/boot_information.hpp"

namespace vmxspec::hv {

/// Loads the first module as the guest's kernel, a Linux bzImage or a Multiboot ELF file, and tells it, as its boot
/// loader would, of its command line, of the other modules, and of the machine without what is `hidden`. The boot
/// information is overwritten by it. Refuses what it does not understand, and a machine that has too little memory
/// left.
[[nodiscard]] GuestStart load_guest(const runtime::BootInformation& boot, runtime::Region hidden,
                                    const Options& options);

/// The kinds of guests. What is loaded is the first module, the others are for the guest.
[[nodiscard]] GuestStart load_multiboot(GuestMemory& memory, const runtime::BootInformation& boot);
[[nodiscard]] GuestStart load_linux(GuestMemory& memory, const runtime::BootInformation& boot, const Options& options);

}  // namespace vmxspec::hv
