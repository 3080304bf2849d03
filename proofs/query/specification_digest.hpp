// One number for the whole specification: results of different ones cannot be put together.
#pragma once

#include "spec/specification.hpp"

#include <string>

namespace vmxspec::query {

/// SHA-256 in hexadecimal of all that VM entries are judged by: rules with their outcomes, what is loaded, the state's
/// leaves with their encodings. Words are not in it.
[[nodiscard]] std::string specification_digest(const Specification& spec);

}  // namespace vmxspec::query
