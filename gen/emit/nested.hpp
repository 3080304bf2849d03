// The part of the JSON that tells the nested translation.
#pragma once

#include "spec/specification.hpp"

#include <nlohmann/json_fwd.hpp>

namespace vmxspec::gen {

/// What L1 is offered, the rows of VMCS02, and those of the way back, with node numbers. Adds the translation's leaves.
[[nodiscard]] nlohmann::ordered_json nested_to_json(Specification& spec);

}  // namespace vmxspec::gen
