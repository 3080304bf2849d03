// Generic profiles: what is documented of each generation of processors, from spec/state/generations.json.
#pragma once

#include "proofs/state/profile.hpp"

#include <optional>

namespace vmxspec {

/// Names of the generations, from old to new.
[[nodiscard]] std::vector<std::string> generation_names();
/// The generation of this name, or nothing. What a later generation added it lacks; what no generation names, and what
/// its parts have or have not, is unknown.
[[nodiscard]] std::optional<Profile> generation(const State& state, const std::string& name);

}  // namespace vmxspec
