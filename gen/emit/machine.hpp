// The part of the JSON that tells the VMX instructions: states, transitions, diagrams.
#pragma once

#include "spec/specification.hpp"

#include <nlohmann/json_fwd.hpp>

namespace vmxspec::gen {

/// Instructions with their rows in order (guard and effects as node numbers), and the diagrams' states and edges.
[[nodiscard]] nlohmann::ordered_json machine_to_json(const Specification& spec);

}  // namespace vmxspec::gen
