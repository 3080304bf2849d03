/// The processors that ACPI's tables tell of.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/boot/boot_information.hpp"

namespace vmxspec::demo {

/// Local APIC IDs of the processors that may be started, the first ones.
struct Processors {
    std::array<std::uint32_t, 64> apic_ids;
    std::size_t count;
};

/// From the MADT (ACPI specification 6.5, section 5.2.12), found by the boot loader's copy of the RSDP or, where a BIOS
/// has it, in the memory below 1 MiB. Count 0: there is none.
[[nodiscard]] Processors processors_of(const runtime::BootInformation& boot);

}  // namespace vmxspec::demo
