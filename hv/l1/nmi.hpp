/// NMIs are L1's: with "NMI exiting" and "virtual NMIs" each comes here first, and goes to L1 as soon as L1 takes one.
#pragma once

#include "hv/l1/processor.hpp"

namespace vmxspec::hv {

/// An NMI waits: the next VM entry is followed by a VM exit as soon as L1 does not block NMIs. May be called by the
/// hypervisor's own NMI handler at any time when the VMCS is current.
void request_nmi_window();

/// The NMI goes to L1 now.
void withdraw_nmi_window();

/// No NMI waits: it was none of L1's, or came before L1's processor began.
void forget_nmi(const Processor& processor);

/// Ends the blocking of NMIs that began with a VM exit due to one (SDM 30.5.5): by IRET.
void unblock_nmi();

}  // namespace vmxspec::hv
