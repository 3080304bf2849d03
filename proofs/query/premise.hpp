// Where a rule demands something: most are "if ..., then ...".
#pragma once

#include "spec/lang/bits.hpp"

namespace vmxspec::query {

/// The premise of an implication, and of what it demands; of several conditions that of one of them. The constant true
/// for a condition that always demands something. Adds to the graph.
[[nodiscard]] Bool premise(Graph& graph, NodeId condition);

}  // namespace vmxspec::query
