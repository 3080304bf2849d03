// Three-valued evaluation: by hand, and against every completion of the unknown bits of random expressions.
#include "spec/lang/known.hpp"

#include "spec/lang/bits.hpp"

#include <catch2/catch.hpp>

#include <bit>
#include <random>

namespace vmxspec::evaluation_test {
namespace {

/// The value of each node when all leaves are known: written down once more, without the shortcuts of Evaluation.
std::vector<std::uint64_t> plain_values(const Graph& graph, const std::vector<std::uint64_t>& leaves) {
    std::vector<std::uint64_t> v;
    for (NodeId id = 0; id < graph.size(); ++id) {
        const Node& n = graph[id];
        const auto in = [&](unsigned k) { return v[n.operand[k]]; };
        const auto shifts_out = [&] { return in(1) >= n.width; };
        std::uint64_t r = 0;
        switch (n.op) {
            case Op::constant: r = n.value; break;
            case Op::leaf: r = leaves[n.value]; break;
            case Op::bit_and:
            case Op::logical_and: r = in(0) & in(1); break;
            case Op::bit_or:
            case Op::logical_or: r = in(0) | in(1); break;
            case Op::bit_xor: r = in(0) ^ in(1); break;
            case Op::bit_not:
            case Op::logical_not: r = ~in(0); break;
            case Op::add: r = in(0) + in(1); break;
            case Op::subtract: r = in(0) - in(1); break;
            case Op::shift_left: r = shifts_out() ? 0 : in(0) << in(1); break;
            case Op::shift_right: r = shifts_out() ? 0 : in(0) >> in(1); break;
            case Op::extract: r = in(0) >> n.value; break;
            case Op::extend: r = in(0); break;
            case Op::select: r = in(0) != 0 ? in(1) : in(2); break;
            case Op::equal: r = in(0) == in(1) ? 1 : 0; break;
            case Op::below: r = in(0) < in(1) ? 1 : 0; break;
        }
        v.push_back(r & low_bits(n.width));
    }
    return v;
}

/// A graph of random nodes over a few leaves.
class RandomGraph {
public:
    explicit RandomGraph(std::uint64_t seed) : random_{seed} {
        for (const unsigned width : {0U, 0U, 1U, 3U, 8U, 8U, 64U}) keep(graph.add_leaf(width));
        for (int k = 0; k < 60; ++k) node();
    }

    Graph graph;
    std::mt19937_64& random() { return random_; }

private:
    void keep(NodeId id) { pool_[graph[id].width].push_back(id); }
    std::uint64_t pick(std::uint64_t end) { return random_() % end; }
    unsigned width() {
        auto place = pool_.begin();
        std::advance(place, static_cast<long>(pick(pool_.size())));
        return place->first;
    }
    NodeId any(unsigned of_width) {
        const auto& choices = pool_[of_width];
        return choices[pick(choices.size())];
    }

    /// Choices are made in statements of their own: the order of arguments is the compiler's, and a seed is to mean one
    /// graph.
    void node() {
        const unsigned w = width();
        const std::uint64_t kind = pick(8);
        const std::uint64_t choice = random_();
        const NodeId a = any(w);
        const NodeId b = any(w);
        const NodeId p = any(0);
        if (w == 0) {
            constexpr Op truths[] = {Op::logical_and, Op::logical_or, Op::logical_not};
            return keep(graph.make(truths[choice % 3], 0, {a, b}));
        }
        switch (kind) {
            case 0:
                return keep(
                    graph.make(Op::constant, w, {}, (choice % 2 != 0 ? choice >> 1 : choice % (w + 2)) & low_bits(w)));
            case 1: {
                const auto low = static_cast<unsigned>(choice % w);
                return keep(graph.make(Op::extract, static_cast<unsigned>(1 + (choice >> 8) % (w - low)), {a}, low));
            }
            case 2: return keep(graph.make(Op::extend, w + static_cast<unsigned>(choice % (64 - w + 1)), {a}));
            case 3: return keep(graph.make(Op::select, w, {p, a, b}));
            case 4: return keep(graph.make(Op::equal, 0, {a, b}));
            case 5: return keep(graph.make(Op::below, 0, {a, b}));
            case 6: return keep(graph.make(Op::bit_not, w, {a}));
            default: {
                constexpr Op words[] = {Op::bit_and,  Op::bit_or,     Op::bit_xor,    Op::add,
                                        Op::subtract, Op::shift_left, Op::shift_right};
                return keep(graph.make(words[choice % 7], w, {a, b}));
            }
        }
    }

    std::mt19937_64 random_;
    std::map<unsigned, std::vector<NodeId>> pool_;
};

/// Leaves of which at most `most` bits are unknown.
std::vector<Known> partly_known(const Graph& graph, std::mt19937_64& random, unsigned most) {
    std::vector<Known> leaves;
    for (std::size_t n = 0; n < graph.leaf_count(); ++n)
        leaves.push_back(Known::exactly(random(), graph[graph.leaf(n)].width));
    for (std::uint64_t k = random() % (most + 1); k-- > 0;) {
        Known& leaf = leaves[random() % leaves.size()];
        const unsigned width =
            std::max<unsigned>(1, graph[graph.leaf(static_cast<std::size_t>(&leaf - leaves.data()))].width);
        const std::uint64_t bit = std::uint64_t{1} << random() % width;
        leaf = {leaf.value & ~bit, leaf.known & ~bit};
    }
    return leaves;
}

/// The values with the unknown bits filled from the bits of `choice`, lowest first.
std::vector<std::uint64_t> completion(const Graph& graph, const std::vector<Known>& leaves, std::uint64_t choice) {
    std::vector<std::uint64_t> values;
    for (std::size_t n = 0; n < leaves.size(); ++n) {
        std::uint64_t value = leaves[n].value & leaves[n].known;
        for (std::uint64_t open = ~leaves[n].known & low_bits(graph[graph.leaf(n)].width); open != 0;
             open &= open - 1) {
            if ((choice & 1) != 0) value |= open & (0 - open);
            choice >>= 1;
        }
        values.push_back(value);
    }
    return values;
}

unsigned unknown_bits(const Graph& graph, const std::vector<Known>& leaves) {
    int count = 0;
    for (std::size_t n = 0; n < leaves.size(); ++n)
        count += std::popcount(~leaves[n].known & low_bits(graph[graph.leaf(n)].width));
    return static_cast<unsigned>(count);
}

}  // namespace

TEST_CASE("what evaluation calls known, every completion agrees with", "[evaluation]") {
    std::size_t compared = 0;
    std::size_t wrong = 0;
    std::size_t partly = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        RandomGraph random{seed};
        const std::vector<Known> leaves = partly_known(random.graph, random.random(), 7);
        const Evaluation evaluation{random.graph, leaves};
        const std::uint64_t completions = std::uint64_t{1} << unknown_bits(random.graph, leaves);
        for (std::uint64_t choice = 0; choice < completions; ++choice) {
            const std::vector<std::uint64_t> values =
                plain_values(random.graph, completion(random.graph, leaves, choice));
            for (NodeId id = 0; id < random.graph.size(); ++id) {
                const Known said = evaluation[id];
                ++compared;
                if (((said.value ^ values[id]) & said.known & low_bits(random.graph[id].width)) != 0) {
                    ++wrong;
                    UNSCOPED_INFO("seed " << seed << ", node " << id << ", operation "
                                          << static_cast<int>(random.graph[id].op));
                }
                if (!said.complete(random.graph[id].width)) ++partly;
                if (completions == 1 && !said.complete(random.graph[id].width))
                    ++wrong;  // all leaves known, all nodes known
            }
        }
    }
    CHECK(wrong == 0);
    CHECK(compared > 100'000);
    CHECK(partly > compared / 20);  // the property is not about known values only
}

TEST_CASE("an undecided node names leaves that would decide it", "[evaluation]") {
    for (std::uint64_t seed = 1001; seed <= 1100; ++seed) {
        RandomGraph random{seed};
        const std::vector<Known> leaves = partly_known(random.graph, random.random(), 6);
        const Evaluation evaluation{random.graph, leaves};
        for (NodeId id = 0; id < random.graph.size(); ++id) {
            const std::vector<std::size_t> open = evaluation.undecided_by(id);
            const bool known = evaluation[id].complete(random.graph[id].width);
            REQUIRE(open.empty() == known);
            std::vector<Known> told = leaves;
            for (const std::size_t n : open) {
                REQUIRE_FALSE(leaves[n].complete(random.graph[random.graph.leaf(n)].width));
                told[n] = Known::exactly(leaves[n].value, random.graph[random.graph.leaf(n)].width);
            }
            // Telling the named leaves decides the node, unless another leaf comes into play by what they are.
            const Evaluation after{random.graph, told};
            if (!after[id].complete(random.graph[id].width)) REQUIRE_FALSE(after.undecided_by(id).empty());
        }
    }
}

TEST_CASE("known bits of single operations", "[evaluation]") {
    Graph graph;
    const Bits<8> a{&graph, graph.add_leaf(8)};
    const Bits<8> b{&graph, graph.add_leaf(8)};
    const Bool p{&graph, graph.add_leaf(0)};
    struct Row {
        const char* what;
        NodeId node;
        Known a, b, p, expected;
    };
    constexpr Known nothing{};
    constexpr Known low_nibble_5{0x05, 0x0f};
    const std::vector<Row> rows{
        Row{"0 & unknown", (a & b).id(), Known::exactly(0, 8), nothing, nothing, {0, 0xff}},
        Row{"F0 & unknown", (a & b).id(), Known::exactly(0xf0, 8), nothing, nothing, {0, 0x0f}},
        Row{"F0 | unknown", (a | b).id(), Known::exactly(0xf0, 8), nothing, nothing, {0xf0, 0xf0}},
        Row{"xor knows where both do", (a ^ b).id(), low_nibble_5, Known::exactly(3, 8), nothing, {6, 0x0f}},
        Row{"a sum knows its low bits", (a + b).id(), low_nibble_5, Known::exactly(3, 8), nothing, {8, 0x0f}},
        Row{"a difference too", (a - b).id(), low_nibble_5, Known::exactly(6, 8), nothing, {0x0f, 0x0f}},
        Row{"a shift moves what is known", (a << b).id(), low_nibble_5, Known::exactly(4, 8), nothing, {0x50, 0xff}},
        Row{"a shift by an unknown distance", (a >> b).id(), low_nibble_5, nothing, nothing, nothing},
        Row{"0 shifted by an unknown distance", (a >> b).id(), Known::exactly(0, 8), nothing, nothing, {0, 0xff}},
        Row{"a shift by the width", (a << b).id(), nothing, Known::exactly(8, 8), nothing, {0, 0xff}},
        Row{"different in a known bit", (a == b).id(), low_nibble_5, Known::exactly(4, 8), nothing, {0, 1}},
        Row{"equal in the known bits", (a == b).id(), low_nibble_5, Known::exactly(5, 8), nothing, nothing},
        Row{"below in any case", (a < b).id(), {0, 0xf0}, Known::exactly(0x10, 8), nothing, {1, 1}},
        Row{"not below in any case", (a < b).id(), {0x10, 0xf0}, Known::exactly(0x10, 8), nothing, {0, 1}},
        Row{"below by what is unknown", (a < b).id(), {0x10, 0xf0}, Known::exactly(0x11, 8), nothing, nothing},
        Row{"a selection keeps what both sides share",
            select(p, a, b).id(),
            Known::exactly(0x55, 8),
            Known::exactly(0x5a, 8),
            nothing,
            {0x50, 0xf0}},
        Row{"a selection that is made", select(p, a, b).id(), low_nibble_5, nothing, Known::exactly(1, 0),
            low_nibble_5},
        Row{"false and unknown", (p && a[0]).id(), nothing, nothing, Known::exactly(0, 0), {0, 1}},
        Row{"true or unknown", (p || a[0]).id(), nothing, nothing, Known::exactly(1, 0), {1, 1}},
        Row{"nothing is invented", (p || !p).id(), nothing, nothing, nothing, nothing}};
    for (const Row& row : rows) {
        const Evaluation evaluation{graph, std::array{row.a, row.b, row.p}};
        CAPTURE(row.what);
        CHECK(evaluation[row.node].known == row.expected.known);
        CHECK(evaluation[row.node].value == row.expected.value);
    }
}

TEST_CASE("leaves that are not listed are unknown", "[evaluation]") {
    Graph graph;
    const Bits<8> a{&graph, graph.add_leaf(8)};
    const Bool is_1 = a == 1;
    const Evaluation evaluation{graph, {}};
    CHECK_FALSE(evaluation.value(a.id()).has_value());
    CHECK_FALSE(evaluation.truth(is_1.id()).has_value());
    CHECK(evaluation.undecided_by(is_1.id()) == std::vector<std::size_t>{0});
}

}  // namespace vmxspec::evaluation_test
