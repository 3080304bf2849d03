/// EPT violations of L2's.
#pragma once

#include "hv/l1/processor.hpp"

namespace vmxspec::hv {

/// Maps the page as EPT12 has it, with its flags and the page-modification log, or is L1's exit: an EPT violation, an
/// EPT misconfiguration or a full log (SDM 31.3). Without EPT of L1's it is the hypervisor's own.
void handle_l2_ept_violation(Processor& processor, Registers& registers);

}  // namespace vmxspec::hv
