/// What a kernel on this runtime is: one function.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/boot/boot_information.hpp"
#include "runtime/memory/page_allocator.hpp"

namespace vmxspec::runtime {

/// The kernel's own part, which it must define. Called once, on the boot processor, in 64-bit mode with
/// interrupts off, console up, exceptions reported, the first 4 GiB mapped to themselves.
/// When it returns, the machine halts (`halt`).
/// \param boot   what the boot loader told
/// \param pages  free memory below 4 GiB and above 1 MiB
void kernel_main(const BootInformation& boot, PageAllocator& pages);

/// The time-stamp counter when the kernel began: before its first 100 instructions were executed.
[[nodiscard]] std::uint64_t first_time_stamp();

/// Says `reason` and halts: for a machine on which the kernel can't do its work.
[[noreturn]] void refuse(std::string_view reason);

}  // namespace vmxspec::runtime
