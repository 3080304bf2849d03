// Whether the probe comes back from a VM entry.
#pragma once

#include "proofs/query/judgement.hpp"

namespace vmxspec::vectors {

/// Why the machine might not come back, in one phrase; null if it does. An entry that fails by SDM 29.1 or 29.2 changes
/// nothing; any other leaves the VMCS by its host state and, if it succeeds, runs its guest.
[[nodiscard]] const char* danger(const Specification& spec, const KnownState& state, const query::Judgement& judgement,
                                 const KnownState& base);

}  // namespace vmxspec::vectors
