// The specification as JSON, for readers that are not C++: the code generator, and whoever wants the rules as data.
#pragma once

#include "spec/specification.hpp"

#include <string>

namespace vmxspec::gen {

/// Leaves, expression nodes (operands first), rules, loads and the WRMSR table; schema in gen/README.md.
[[nodiscard]] std::string to_json(const Specification& spec);

}  // namespace vmxspec::gen
