// The specification as JSON, for readers that are not C++: the code generator, and whoever wants the rules as data.
#pragma once

#include "spec/specification.hpp"

#include <string>

namespace vmxspec::gen {

/// Leaves, expression nodes (operands first), rules, loads, the VMX instructions and the nested translation, which adds
/// its leaves to the specification; schema in gen/README.md.
[[nodiscard]] std::string to_json(Specification& spec);

}  // namespace vmxspec::gen
