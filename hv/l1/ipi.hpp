/// INIT and start-up IPIs of L1, on processors that do not give an INIT up when it has caused a VM exit: each VM entry
/// meets it again, for ever. Bochs 2.7 has such ones. They are found out before L1 begins, and then no INIT of L1's may
/// reach a processor: writes to the interrupt command register are intercepted, and the hypervisor delivers INIT and
/// SIPI itself.
#pragma once

#include <cstdint>

#include "hv/l1/exit.hpp"

namespace vmxspec::hv {

/// From now on, on this processor.
void intercept_ipis(Processor& processor);

/// L1 writes to its local APIC's page at `address`: the instruction will be executed with another page in its place.
void begin_apic_write(Processor& processor, std::uint64_t address);

/// At each VM exit of a processor whose IPIs are intercepted, of L1's or of L2's, and whatever VMCS is current: Bochs'
/// wait-for-SIPI state blocks SMIs, nothing ends it, and outside of SMM no VM entry takes it (SDM 29.3.1.5).
void forget_blocking_by_smi();

/// At each VM exit of a processor whose IPIs are intercepted. \return whether the VM exit was about nothing but the end
/// of an instruction that has written to the local APIC's page
[[nodiscard]] bool end_apic_write(Processor& processor);

/// L1 writes the x2APIC interrupt command register. \return whether the hypervisor has delivered the IPI
[[nodiscard]] bool deliver_ipi(const Processor& sender, std::uint32_t command, std::uint32_t id);

/// An INIT that was sent to this processor takes effect now. \return whether there was one
[[nodiscard]] bool take_init(Processor& processor, Registers& registers);

/// Waits, as in the wait-for-SIPI state. \return the vector
[[nodiscard]] std::uint32_t await_sipi(Processor& processor);

}  // namespace vmxspec::hv
