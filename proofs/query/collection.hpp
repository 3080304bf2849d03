// What would decide the open rules, and how to get it on the hypervisor that printed the dump.
#pragma once

#include "proofs/query/judgement.hpp"

#include <string>
#include <vector>

namespace vmxspec::query {

/// A sentence for each kind of leaf that an undecided rule waits for; none where nothing is undecided.
[[nodiscard]] std::vector<std::string> to_collect(const KnownState& state, const Judgement& judgement);

}  // namespace vmxspec::query
