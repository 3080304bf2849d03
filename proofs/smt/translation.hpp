// Expression graph -> Z3 terms.
#pragma once

#include "spec/lang/graph.hpp"

#include <z3++.h>

#include <optional>
#include <string>
#include <vector>

namespace vmxspec::smt {

class Translation {
public:
    Translation(const Graph& graph, z3::context& context) : graph_{graph}, context_{context} {}

    /// The term of a node; each node is translated once.
    [[nodiscard]] z3::expr operator()(NodeId root);

    /// Value of a node in a model, with leaves that the model leaves open 0.
    [[nodiscard]] std::uint64_t value(const z3::model& model, NodeId node);

private:
    [[nodiscard]] z3::expr translate(const Node& node) const;

    const Graph& graph_;
    z3::context& context_;
    std::vector<std::optional<z3::expr>> terms_;
};

}  // namespace vmxspec::smt
