// SHA-256 of expressions: equal expressions, and no others, have equal digests, in every run and every graph.
#pragma once

#include "spec/lang/graph.hpp"

#include <array>
#include <functional>
#include <string>
#include <string_view>

namespace vmxspec::smt {

using Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] Digest digest(std::string_view bytes);
[[nodiscard]] std::string hexadecimal(const Digest& digest);

/// Digests of the nodes of one graph, which may grow. A node's is made of its operation, width and value, and of the
/// digests of its operands; a leaf's of its name.
class Digests {
public:
    /// `leaf_name` tells the lasting name of a leaf from its number.
    Digests(const Graph& graph, std::function<std::string(std::size_t)> leaf_name)
        : graph_{graph}, leaf_name_{std::move(leaf_name)} {}

    [[nodiscard]] Digest operator()(NodeId node);

private:
    [[nodiscard]] Digest of(const Node& node) const;

    const Graph& graph_;
    std::function<std::string(std::size_t)> leaf_name_;
    std::vector<Digest> known_;
};

}  // namespace vmxspec::smt
