// Three-valued evaluation: what can be said of an expression when only some bits of some leaves are known.
#pragma once

#include "spec/lang/graph.hpp"

#include <optional>
#include <span>
#include <vector>

namespace vmxspec {

/// A partly known bit-vector: where a bit of `known` is 1, the same bit of `value` is the value. A Bool has one bit.
struct Known {
    std::uint64_t value = 0;
    std::uint64_t known = 0;

    [[nodiscard]] static constexpr Known unknown() { return {}; }
    [[nodiscard]] static constexpr Known exactly(std::uint64_t value, unsigned width) {
        return {value & low_bits(width), low_bits(width)};
    }
    [[nodiscard]] constexpr bool complete(unsigned width) const { return (known & low_bits(width)) == low_bits(width); }

    friend bool operator==(const Known&, const Known&) = default;
};

/// The values of all nodes of a graph under one assignment of its leaves. Sound: a bit that it calls known has that
/// value for every completion of the unknown leaf bits. (Not complete: x || !x of an unknown x stays unknown.)
class Evaluation {
public:
    /// `leaves[n]` is the value of leaf n; missing ones are unknown.
    Evaluation(const Graph& graph, std::span<const Known> leaves);

    [[nodiscard]] Known operator[](NodeId id) const { return values_[id]; }

    /// Truth of a Bool node; nothing when it cannot be judged.
    [[nodiscard]] std::optional<bool> truth(NodeId id) const;

    /// The value of a node; nothing when a bit of it is unknown.
    [[nodiscard]] std::optional<std::uint64_t> value(NodeId id) const;

    /// The leaves, ascending, that keep an undecided node undecided. Empty when the node is known.
    [[nodiscard]] std::vector<std::size_t> undecided_by(NodeId id) const;

private:
    [[nodiscard]] Known evaluate(const Node& node, std::span<const Known> leaves) const;

    const Graph& graph_;
    std::vector<Known> values_;
};

}  // namespace vmxspec
