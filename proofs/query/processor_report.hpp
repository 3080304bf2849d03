// A processor profile in the manual's words.
#pragma once

#include "proofs/state/profile.hpp"

#include <string>

namespace vmxspec::query {

/// Each capability MSR with the controls or bits that it allows, must have, or leaves unknown; the features.
[[nodiscard]] std::string processor_report(const State& state, const Profile& profile);

}  // namespace vmxspec::query
