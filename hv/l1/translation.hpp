/// What a processor keeps of translations, and of memory types.
#pragma once

#include "hv/l1/processor.hpp"

namespace vmxspec::hv {

/// VPID of L1: any but 0, which is the hypervisor's (SDM 31.1).
inline constexpr std::uint16_t l1_vpid = 1;

/// INVEPT for L1's EPT.
void forget_ept(const Processor& processor);

/// INVVPID for L1; nothing where it has no VPID, for VM exits and entries forget all then (SDM 31.4.3.1).
void forget_linear(const Processor& processor);

/// Reads the MTRRs.
void read_memory_types(Processor& processor);

}  // namespace vmxspec::hv
