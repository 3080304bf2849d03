#include "spec/lang/graph.hpp"

#include <stdexcept>

namespace vmxspec {

unsigned arity(Op op) {
    switch (op) {
        case Op::constant:
        case Op::leaf: return 0;
        case Op::bit_not:
        case Op::extract:
        case Op::extend:
        case Op::logical_not: return 1;
        case Op::select: return 3;
        default: return 2;
    }
}

namespace {

void require(bool condition, const char* what) {
    if (!condition) throw std::logic_error(what);
}

}  // namespace

void Graph::check(const Node& node) const {
    const auto width_of = [&](unsigned k) { return unsigned{operand(node, k).width}; };
    require(node.width <= 64, "an expression is wider than 64 bits");
    switch (node.op) {
        case Op::constant:
            require((node.value & ~low_bits(node.width)) == 0, "a constant does not fit its width");
            break;
        case Op::leaf: break;
        case Op::bit_not: require(node.width != 0 && width_of(0) == node.width, "~ of another width"); break;
        case Op::extract:
            require(node.width != 0 && node.value + node.width <= width_of(0), "bits beyond the operand");
            break;
        case Op::extend: require(node.width >= width_of(0) && width_of(0) != 0, "an extension that shortens"); break;
        case Op::select:
            require(width_of(0) == 0 && width_of(1) == node.width && width_of(2) == node.width && node.width != 0,
                    "a selection between different widths");
            break;
        case Op::equal:
        case Op::below:
            require(node.width == 0 && width_of(0) == width_of(1) && width_of(0) != 0,
                    "a comparison of different widths");
            break;
        case Op::logical_and:
        case Op::logical_or:
            require(node.width == 0 && width_of(0) == 0 && width_of(1) == 0, "a Bool operator on bits");
            break;
        case Op::logical_not: require(node.width == 0 && width_of(0) == 0, "! of bits"); break;
        default:
            require(node.width != 0 && width_of(0) == node.width && width_of(1) == node.width,
                    "operands of different widths");
            break;
    }
}

NodeId Graph::make(Op op, unsigned width, std::array<NodeId, 3> operand, std::uint64_t value) {
    for (unsigned k = 0; k < arity(op); ++k) require(operand[k] < nodes_.size(), "an operand of another graph");
    const Node node{op, static_cast<std::uint8_t>(width), operand, value};
    if (const auto known = known_.find(node); known != known_.end()) return known->second;
    check(node);  // before it is remembered: a refused node stays refused
    const auto id = static_cast<NodeId>(nodes_.size());
    known_.emplace(node, id);
    nodes_.push_back(node);
    return id;
}

NodeId Graph::add_leaf(unsigned width) {
    const NodeId id = make(Op::leaf, width, {}, leaves_.size());
    leaves_.push_back(id);
    return id;
}

std::vector<NodeId> Graph::cone(std::span<const NodeId> roots) const {
    std::vector<bool> used(nodes_.size());
    NodeId highest = 0;
    for (const NodeId root : roots) {
        used[root] = true;
        highest = std::max(highest, root);
    }
    std::vector<NodeId> result;
    if (roots.empty()) return result;
    for (NodeId id = highest + 1; id-- > 0;) {
        if (!used[id]) continue;
        for (unsigned k = 0; k < arity(nodes_[id].op); ++k) used[nodes_[id].operand[k]] = true;
    }
    for (NodeId id = 0; id <= highest; ++id)
        if (used[id]) result.push_back(id);
    return result;
}

std::vector<std::size_t> Graph::support(std::span<const NodeId> roots) const {
    std::vector<std::size_t> result;
    for (const NodeId id : cone(roots))
        if (nodes_[id].op == Op::leaf) result.push_back(nodes_[id].value);
    return result;
}

NodeId Graph::substitute(NodeId root, const std::map<std::size_t, NodeId>& replacement) {
    std::map<NodeId, NodeId> image;
    for (const NodeId id : cone(std::array{root})) {
        const Node node = nodes_[id];
        if (node.op == Op::leaf) {
            const auto found = replacement.find(node.value);
            image[id] = found == replacement.end() ? id : found->second;
            continue;
        }
        auto operand = node.operand;
        for (unsigned k = 0; k < arity(node.op); ++k) operand[k] = image.at(operand[k]);
        image[id] = make(node.op, node.width, operand, node.value);
    }
    return image.at(root);
}

}  // namespace vmxspec
