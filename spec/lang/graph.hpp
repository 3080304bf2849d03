// The one expression graph that every rule, load and transition is written in.
//
// Nodes are hash-consed: the same expression is the same node. Operands come before their users, so a reading
// (evaluation, SMT translation, code generation) is one pass in index order.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace vmxspec {

using NodeId = std::uint32_t;

/// What a node computes. `width` of the node is its result's width in bits; 0 is a Bool.
enum class Op : std::uint8_t {
    constant,     ///< value
    leaf,         ///< leaf number in value
    bit_and,      ///< a & b
    bit_or,       ///< a | b
    bit_xor,      ///< a ^ b
    bit_not,      ///< ~a
    add,          ///< a + b modulo 2^width
    subtract,     ///< a - b modulo 2^width
    shift_left,   ///< a << b; 0 when b >= width
    shift_right,  ///< a >> b, zeros shifted in; 0 when b >= width
    extract,      ///< bits value+width-1 .. value of a
    extend,       ///< a with zeros above
    select,       ///< a ? b : c, a Bool
    equal,        ///< a == b
    below,        ///< a < b, unsigned
    logical_and,  ///< a && b
    logical_or,   ///< a || b
    logical_not,  ///< !a
};

struct Node {
    Op op{};
    std::uint8_t width{};
    std::array<NodeId, 3> operand{};
    std::uint64_t value{};

    friend auto operator<=>(const Node&, const Node&) = default;
};

/// Number of operands that an operation takes.
[[nodiscard]] unsigned arity(Op op);

/// The manual's words for an expression: each {} of the pattern stands for the words of the next operand.
struct Phrase {
    const char* pattern;
    std::vector<NodeId> operands;
};

class Graph {
public:
    Graph() = default;
    Graph(const Graph&) = delete;  // handles point to their graph
    Graph& operator=(const Graph&) = delete;

    /// The node for this expression; throws std::logic_error when operand widths do not fit the operation.
    NodeId make(Op op, unsigned width, std::array<NodeId, 3> operand = {}, std::uint64_t value = 0);

    /// A new leaf of this width (0: Bool); leaves are numbered from 0 in the order of their creation.
    NodeId add_leaf(unsigned width);

    [[nodiscard]] const Node& operator[](NodeId id) const { return nodes_[id]; }
    [[nodiscard]] std::size_t size() const { return nodes_.size(); }
    [[nodiscard]] std::size_t leaf_count() const { return leaves_.size(); }
    [[nodiscard]] NodeId leaf(std::size_t number) const { return leaves_.at(number); }

    /// The expression with each leaf that `replacement` names (leaf number -> node of the same width) replaced.
    NodeId substitute(NodeId root, const std::map<std::size_t, NodeId>& replacement);

    /// Numbers of the leaves that these expressions read, ascending.
    [[nodiscard]] std::vector<std::size_t> support(std::span<const NodeId> roots) const;

    /// Nodes that these expressions are made of, operands first.
    [[nodiscard]] std::vector<NodeId> cone(std::span<const NodeId> roots) const;

    /// Gives an expression words; readings as prose use them instead of its operators.
    void say(NodeId id, const char* pattern, std::vector<NodeId> operands) {
        phrases_.insert_or_assign(id, Phrase{pattern, std::move(operands)});
    }
    /// The words of an expression, or null.
    [[nodiscard]] const Phrase* phrase(NodeId id) const {
        const auto found = phrases_.find(id);
        return found == phrases_.end() ? nullptr : &found->second;
    }

private:
    void check(const Node& node) const;
    [[nodiscard]] const Node& operand(const Node& node, unsigned k) const { return nodes_[node.operand[k]]; }

    std::vector<Node> nodes_;
    std::map<Node, NodeId> known_;
    std::vector<NodeId> leaves_;
    std::map<NodeId, Phrase> phrases_;
};

/// All ones in the low `width` bits (1 for a Bool, whose width is 0).
[[nodiscard]] constexpr std::uint64_t low_bits(unsigned width) {
    if (width == 0) return 1;
    return width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
}

}  // namespace vmxspec
