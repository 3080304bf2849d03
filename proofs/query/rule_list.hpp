// The rules as they are listed, and what is said of one in words.
#pragma once

#include "spec/specification.hpp"

#include <string>
#include <vector>

namespace vmxspec::query {

/// All rules, in the order in which they are listed: checks of 29.1 to 29.4, other rows, rows of VM exits.
[[nodiscard]] std::vector<const Rule*> all_rules(const Specification& spec);

/// What the manual says happens when the rule is broken.
[[nodiscard]] std::string outcome_text(const Rule& rule);

}  // namespace vmxspec::query
