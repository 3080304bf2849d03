#include "spec/lang/known.hpp"

#include <bit>
#include <set>

namespace vmxspec {

namespace {

constexpr Known truth_of(bool value) { return Known::exactly(value ? 1 : 0, 0); }
constexpr bool is_true(Known a) { return (a.known & a.value & 1) != 0; }
constexpr bool is_false(Known a) { return (a.known & ~a.value & 1) != 0; }

/// Sum modulo 2^width: the low bits are known up to the first bit that is unknown on either side.
Known sum(Known a, Known b, unsigned width, bool subtract) {
    const std::uint64_t both = a.known & b.known & low_bits(width);
    const unsigned run = static_cast<unsigned>(std::countr_one(both));
    const std::uint64_t mask = run == 0 ? 0 : low_bits(run);
    return {(subtract ? a.value - b.value : a.value + b.value) & mask, mask};
}

Known shift(Known a, Known by, unsigned width, unsigned by_width, bool left) {
    if (!by.complete(by_width)) {
        if (a.complete(width) && a.value == 0) return Known::exactly(0, width);
        return Known::unknown();
    }
    if (by.value >= width) return Known::exactly(0, width);
    const auto n = static_cast<unsigned>(by.value);
    const std::uint64_t all = low_bits(width);
    if (left) return {(a.value << n) & all, ((a.known << n) | (n == 0 ? 0 : low_bits(n))) & all};
    return {(a.value & all) >> n, ((a.known & all) >> n) | (all & ~(all >> n))};
}

Known equal(Known a, Known b, unsigned width) {
    const std::uint64_t both = a.known & b.known & low_bits(width);
    if (((a.value ^ b.value) & both) != 0) return truth_of(false);
    return both == low_bits(width) ? truth_of(true) : Known::unknown();
}

Known below(Known a, Known b, unsigned width) {
    const std::uint64_t all = low_bits(width);
    const std::uint64_t least_a = a.value & a.known & all;
    const std::uint64_t most_a = (a.value | ~a.known) & all;
    const std::uint64_t least_b = b.value & b.known & all;
    const std::uint64_t most_b = (b.value | ~b.known) & all;
    if (most_a < least_b) return truth_of(true);
    if (least_a >= most_b) return truth_of(false);
    return Known::unknown();
}

Known merge(Known a, Known b) {
    const std::uint64_t same = a.known & b.known & ~(a.value ^ b.value);
    return {a.value & same, same};
}

}  // namespace

Evaluation::Evaluation(const Graph& graph, std::span<const Known> leaves) : graph_{graph} {
    values_.reserve(graph.size());
    for (NodeId id = 0; id < graph.size(); ++id) values_.push_back(evaluate(graph[id], leaves));
}

Known Evaluation::evaluate(const Node& node, std::span<const Known> leaves) const {
    const auto in = [&](unsigned k) { return values_[node.operand[k]]; };
    const auto width_in = [&](unsigned k) { return unsigned{graph_[node.operand[k]].width}; };
    const unsigned width = node.width;
    switch (node.op) {
        case Op::constant: return Known::exactly(node.value, width);
        case Op::leaf: return node.value < leaves.size() ? leaves[node.value] : Known::unknown();
        case Op::bit_and: {
            const Known a = in(0);
            const Known b = in(1);
            return {a.value & b.value & a.known & b.known,
                    (a.known & b.known) | (a.known & ~a.value) | (b.known & ~b.value)};
        }
        case Op::bit_or: {
            const Known a = in(0);
            const Known b = in(1);
            const std::uint64_t ones = (a.known & a.value) | (b.known & b.value);
            return {ones, (a.known & b.known) | ones};
        }
        case Op::bit_xor: return {(in(0).value ^ in(1).value) & in(0).known & in(1).known, in(0).known & in(1).known};
        case Op::bit_not: return {~in(0).value & in(0).known & low_bits(width), in(0).known};
        case Op::add: return sum(in(0), in(1), width, false);
        case Op::subtract: return sum(in(0), in(1), width, true);
        case Op::shift_left: return shift(in(0), in(1), width, width_in(1), true);
        case Op::shift_right: return shift(in(0), in(1), width, width_in(1), false);
        case Op::extract:
            return {(in(0).value >> node.value) & low_bits(width), (in(0).known >> node.value) & low_bits(width)};
        case Op::extend: {
            const std::uint64_t above = low_bits(width) & ~low_bits(width_in(0));
            return {in(0).value, (in(0).known & low_bits(width_in(0))) | above};
        }
        case Op::select:
            if (is_true(in(0))) return in(1);
            if (is_false(in(0))) return in(2);
            return merge(in(1), in(2));
        case Op::equal: return equal(in(0), in(1), width_in(0));
        case Op::below: return below(in(0), in(1), width_in(0));
        case Op::logical_and:
            if (is_false(in(0)) || is_false(in(1))) return truth_of(false);
            return is_true(in(0)) && is_true(in(1)) ? truth_of(true) : Known::unknown();
        case Op::logical_or:
            if (is_true(in(0)) || is_true(in(1))) return truth_of(true);
            return is_false(in(0)) && is_false(in(1)) ? truth_of(false) : Known::unknown();
        case Op::logical_not:
            if (is_true(in(0))) return truth_of(false);
            return is_false(in(0)) ? truth_of(true) : Known::unknown();
    }
    return Known::unknown();
}

std::optional<bool> Evaluation::truth(NodeId id) const {
    const Known result = values_[id];
    if ((result.known & 1) == 0) return std::nullopt;
    return (result.value & 1) != 0;
}

std::optional<std::uint64_t> Evaluation::value(NodeId id) const {
    if (!values_[id].complete(graph_[id].width)) return std::nullopt;
    return values_[id].value & low_bits(graph_[id].width);
}

std::vector<std::size_t> Evaluation::undecided_by(NodeId id) const {
    std::set<std::size_t> leaves;
    std::set<NodeId> seen;
    std::vector<NodeId> open{id};
    while (!open.empty()) {
        const NodeId next = open.back();
        open.pop_back();
        const Node& node = graph_[next];
        if (values_[next].complete(node.width) || !seen.insert(next).second) continue;
        if (node.op == Op::leaf) leaves.insert(node.value);
        for (unsigned k = 0; k < arity(node.op); ++k) open.push_back(node.operand[k]);
        if (node.op == Op::select && values_[node.operand[0]].complete(0)) {  // only the chosen side matters
            open.pop_back();
            open.pop_back();
            open.push_back(node.operand[is_true(values_[node.operand[0]]) ? 1 : 2]);
        }
    }
    return {leaves.begin(), leaves.end()};
}

}  // namespace vmxspec
