/// Translations that the processor caches for L2 (SDM 31.4).
#pragma once

#include "hv/l1/processor.hpp"

namespace vmxspec::hv {

/// VPID under which every L2 runs. Where L1 gives a VM entry another VPID than the one before, or none, its
/// translations are forgotten.
inline constexpr std::uint16_t l2_vpid = 2;

/// INVEPT for one EPT pointer.
void invalidate_ept(const Processor& processor, std::uint64_t pointer);

/// INVVPID for one VPID.
void forget_vpid(const Processor& processor, std::uint16_t vpid);

}  // namespace vmxspec::hv
