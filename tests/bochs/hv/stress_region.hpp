/// What the stress guest is told, and the devices that only it needs.
#pragma once

#include <cstdint>

#include "runtime/boot/boot_information.hpp"

namespace vmxspec::stress {

struct Given {
    bool under_hypervisor = false;    ///< the word `hv`
    std::uint64_t count = 3'000;      ///< `count=N`
    std::uint64_t nmi_ticks = 2'017;  ///< `nmi=N`: of 838 ns, from one NMI to the next
    runtime::Region hypervisor{};     ///< where the memory map has a hole of the hypervisor's shape
};

[[nodiscard]] Given read_given(const runtime::BootInformation& boot);

/// A register of the I/O APIC, where all machines have it.
void write_io_apic(std::uint32_t index, std::uint32_t value);

}  // namespace vmxspec::stress
