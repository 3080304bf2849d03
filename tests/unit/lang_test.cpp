// The expression graph: what it shares, what it refuses, and its readings that need no values.
#include "spec/lang/rule.hpp"

#include <catch2/catch.hpp>

namespace vmxspec::lang_test {
namespace {

template <unsigned W>
Bits<W> leaf(Graph& graph) {
    return {&graph, graph.add_leaf(W)};
}
Bool truth_leaf(Graph& graph) { return {&graph, graph.add_leaf(0)}; }

}  // namespace

TEST_CASE("the same expression is the same node", "[lang]") {
    Graph graph;
    const auto a = leaf<16>(graph);
    const auto b = leaf<16>(graph);
    const Bool first = ((a & b) + 1) == b;
    const std::size_t size = graph.size();
    const Bool second = ((a & b) + 1) == b;
    CHECK(first.id() == second.id());
    CHECK(graph.size() == size);
    CHECK((a & b).id() != (b & a).id());
    CHECK(leaf<16>(graph).id() != a.id());
}

TEST_CASE("an expression keeps the width of its type", "[lang]") {
    Graph graph;
    const auto a = leaf<16>(graph);
    CHECK(graph[a.slice<11, 4>().id()].width == 8);
    CHECK(graph[extend<64>(a).id()].width == 64);
    CHECK(graph[select(a[3], a, ~a).id()].width == 16);
    CHECK(graph[(a < a.same(5)).id()].width == 0);
    CHECK(graph[a[15].id()].width == 0);
    static_assert(decltype(a.slice<11, 4>())::width == 8);
    static_assert(decltype(extend<64>(a))::width == 64);
}

TEST_CASE("operands of unfit widths are refused, again and again", "[lang]") {
    Graph graph;
    const NodeId word = graph.add_leaf(16);
    const NodeId byte = graph.add_leaf(8);
    const NodeId truth = graph.add_leaf(0);
    struct Row {
        Op op;
        unsigned width;
        std::array<NodeId, 3> operand;
        std::uint64_t value;
    };
    const Row row = GENERATE_COPY(
        Row{Op::bit_and, 16, {word, byte, 0}, 0}, Row{Op::add, 8, {word, word, 0}, 0},
        Row{Op::bit_not, 0, {truth, 0, 0}, 0}, Row{Op::shift_left, 16, {word, byte, 0}, 0},
        Row{Op::extract, 8, {word, 0, 0}, 9}, Row{Op::extract, 0, {word, 0, 0}, 0}, Row{Op::extend, 8, {word, 0, 0}, 0},
        Row{Op::extend, 8, {truth, 0, 0}, 0}, Row{Op::select, 16, {word, word, word}, 0},
        Row{Op::select, 16, {truth, word, byte}, 0}, Row{Op::select, 0, {truth, truth, truth}, 0},
        Row{Op::equal, 0, {word, byte, 0}, 0}, Row{Op::equal, 0, {truth, truth, 0}, 0},
        Row{Op::below, 1, {word, word, 0}, 0}, Row{Op::logical_and, 0, {truth, word, 0}, 0},
        Row{Op::logical_not, 0, {word, 0, 0}, 0}, Row{Op::constant, 8, {}, 256}, Row{Op::constant, 0, {}, 2},
        Row{Op::constant, 65, {}, 0}, Row{Op::logical_not, 0, {99, 0, 0}, 0});
    const std::size_t size = graph.size();
    CAPTURE(static_cast<int>(row.op), row.width);
    CHECK_THROWS_AS(graph.make(row.op, row.width, row.operand, row.value), std::logic_error);
    CHECK_THROWS_AS(graph.make(row.op, row.width, row.operand, row.value), std::logic_error);
    CHECK(graph.size() == size);
}

TEST_CASE("handles of no graph and constants beyond their width are refused", "[lang]") {
    Graph graph;
    const auto a = leaf<4>(graph);
    CHECK(graph[a.same(15).id()].value == 15);
    CHECK_THROWS_AS(a.same(16), std::logic_error);
    CHECK_THROWS_AS(Bits<4>{}.graph(), std::logic_error);
    CHECK_THROWS_AS(!Bool{}, std::logic_error);
}

TEST_CASE("the cone has operands first, the support is the leaves that are read", "[lang]") {
    Graph graph;
    const auto a = leaf<8>(graph);
    const auto unread = leaf<8>(graph);
    const auto b = leaf<8>(graph);
    const Bool root = (a + b) == (b & a);
    const Bool other = unread == 1;
    const std::vector<NodeId> cone = graph.cone(std::array{root.id()});
    CHECK(cone.back() == root.id());
    CHECK(cone.size() == 5);
    for (const NodeId id : cone)
        for (unsigned k = 0; k < arity(graph[id].op); ++k) CHECK(graph[id].operand[k] < id);
    CHECK(graph.support(std::array{root.id()}) == std::vector<std::size_t>{0, 2});
    CHECK(graph.support(std::array{root.id(), other.id()}) == std::vector<std::size_t>{0, 1, 2});
    CHECK(graph.support(std::array{a.same(3).id()}).empty());
    CHECK(graph.cone({}).empty());
}

TEST_CASE("substitution replaces leaves, everywhere and at once", "[lang]") {
    Graph graph;
    const auto a = leaf<8>(graph);
    const auto b = leaf<8>(graph);
    const Bool p = truth_leaf(graph);
    const auto root = select(p, a + b, a ^ b);
    CHECK(graph.substitute(root.id(), {}) == root.id());
    CHECK(graph.substitute(root.id(), {{0, (b & 3).id()}}) == select(p, (b & 3) + b, (b & 3) ^ b).id());
    // Swapping is no two replacements one after the other.
    CHECK(graph.substitute(root.id(), {{0, b.id()}, {1, a.id()}}) == select(p, b + a, b ^ a).id());
    CHECK(graph.substitute(root.id(), {{2, constant(graph, true).id()}}) ==
          select(constant(graph, true), a + b, a ^ b).id());
    CHECK_THROWS_AS(graph.substitute(root.id(), {{0, p.id()}}), std::logic_error);
}

TEST_CASE("a rule table takes an id once and keeps the section's outcomes", "[lang]") {
    Graph graph;
    const Bool p = truth_leaf(graph);
    RuleTable table;
    table.section(Stage::guest, {"1.2", "A section"}, {outcome::guest_state});
    table.check("one", p);
    table.check("two", !p, {outcome::guest_nmi}, "a note");
    table.advice("three", p, "advice");
    CHECK_THROWS_AS(table.check("one", p), std::logic_error);
    REQUIRE(table.rules().size() == 3);
    CHECK(table.find("one")->outcomes == std::vector{outcome::guest_state});
    CHECK(table.find("two")->outcomes == std::vector{outcome::guest_nmi});
    CHECK(table.find("two")->citation.section == "1.2");
    CHECK(table.find("three")->outcomes.empty());
    CHECK(table.find("four") == nullptr);
}

}  // namespace vmxspec::lang_test
