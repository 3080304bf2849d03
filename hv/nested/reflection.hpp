/// VM exits of L2's that L1 sees. VMCS02 is current, and VMCS01 afterwards.
#pragma once

#include "hv/l1/processor.hpp"

namespace vmxspec::hv {

/// L1 sees the exit that Nested::exited tells.
void reflect(Processor& processor, Registers& registers);

/// An exit as the processor tells it.
void reflect_as_it_is(Processor& processor, Registers& registers);

/// What L2 has written where the hypervisor is, is forgotten (the tests hv.l1.demo, hv.l1.hostile).
void forget_written_by_l2(Processor& processor);

}  // namespace vmxspec::hv
