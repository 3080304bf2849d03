// SMT-LIB 2 text of expressions: what each operation becomes, and that another solver reads it as the graph means it.
#include "proofs/smt/smtlib.hpp"
#include "spec/lang/known.hpp"
#include "spec/specification.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <random>

namespace vmxspec::smtlib_test {
namespace {

std::string leaf_name(std::size_t n) { return "x" + std::to_string(n); }

std::string term(const Graph& graph, NodeId root) { return smt::SmtLib{graph, std::array{root}, leaf_name}.term(root); }

/// What cvc5 says of a script.
std::string answer(const std::string& script) {
    const std::string file = "smtlib_test.smt2";
    std::ofstream{file} << script;
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe{popen(("cvc5 --strict-parsing " + file + " 2>&1").c_str(), "r"),
                                                     pclose};
    REQUIRE(pipe != nullptr);
    std::string text;
    for (std::array<char, 256> line{}; std::fgets(line.data(), line.size(), pipe.get()) != nullptr;)
        text += line.data();
    return text;
}

/// The same as the value, as a Bool node.
NodeId same(Graph& graph, NodeId node, std::uint64_t value) {
    const unsigned width = graph[node].width;
    if (width == 0) return value != 0 ? node : graph.make(Op::logical_not, 0, {node});
    return graph.make(Op::equal, 0, {node, graph.make(Op::constant, width, {}, value)});
}

/// With random leaves, cvc5 computes for all roots what evaluation computes: it is right, and nothing else can be.
void check_against_evaluation(Graph& graph, const std::vector<NodeId>& roots, unsigned seed) {
    std::mt19937_64 random{seed};
    std::vector<Known> leaves;
    for (std::size_t n = 0; n < graph.leaf_count(); ++n)
        leaves.push_back(Known::exactly(random(), graph[graph.leaf(n)].width));
    std::vector<std::uint64_t> values;
    {
        const Evaluation evaluation{graph, leaves};
        for (const NodeId root : roots) values.push_back(evaluation.value(root).value());
    }
    std::vector<NodeId> asserted;
    for (const std::size_t n : graph.support(roots)) asserted.push_back(same(graph, graph.leaf(n), leaves[n].value));
    NodeId all = graph.make(Op::constant, 0, {}, 1);
    for (std::size_t k = 0; k < roots.size(); ++k)
        all = graph.make(Op::logical_and, 0, {all, same(graph, roots[k], values[k])});
    asserted.push_back(all);
    CHECK(answer(smt::smtlib_script(graph, asserted, leaf_name)) == "sat\n");
    asserted.back() = graph.make(Op::logical_not, 0, {all});
    CHECK(answer(smt::smtlib_script(graph, asserted, leaf_name)) == "unsat\n");
}

/// One node of each operation over leaves of 8 bits, a, b and a Bool p.
std::vector<std::pair<NodeId, std::string>> each_operation(Graph& g) {
    const NodeId a = g.add_leaf(8);
    const NodeId b = g.add_leaf(8);
    const NodeId p = g.add_leaf(0);
    const NodeId below = g.make(Op::below, 0, {a, b});
    return {
        {g.make(Op::constant, 8, {}, 0x5f), "#x5f"},
        {g.make(Op::constant, 5, {}, 0x15), "#b10101"},
        {g.make(Op::constant, 64, {}, ~std::uint64_t{0}), "#xffffffffffffffff"},
        {g.make(Op::constant, 0, {}, 1), "true"},
        {g.make(Op::constant, 0, {}, 0), "false"},
        {a, "x0"},
        {g.make(Op::bit_and, 8, {a, b}), "(bvand x0 x1)"},
        {g.make(Op::bit_or, 8, {a, b}), "(bvor x0 x1)"},
        {g.make(Op::bit_xor, 8, {a, b}), "(bvxor x0 x1)"},
        {g.make(Op::bit_not, 8, {a}), "(bvnot x0)"},
        {g.make(Op::add, 8, {a, b}), "(bvadd x0 x1)"},
        {g.make(Op::subtract, 8, {a, b}), "(bvsub x0 x1)"},
        {g.make(Op::shift_left, 8, {a, b}), "(bvshl x0 x1)"},
        {g.make(Op::shift_right, 8, {a, b}), "(bvlshr x0 x1)"},
        {g.make(Op::shift_left, 8, {a, g.make(Op::constant, 8, {}, 9)}), "(bvshl x0 #x09)"},
        {g.make(Op::shift_right, 8, {a, g.make(Op::constant, 8, {}, 3)}), "(bvlshr x0 #x03)"},
        {g.make(Op::extract, 3, {a}, 2), "((_ extract 4 2) x0)"},
        {g.make(Op::extend, 13, {a}), "((_ zero_extend 5) x0)"},
        {g.make(Op::select, 8, {p, a, b}), "(ite x2 x0 x1)"},
        {g.make(Op::equal, 0, {a, b}), "(= x0 x1)"},
        {below, "(bvult x0 x1)"},
        {g.make(Op::logical_not, 0, {p}), "(not x2)"},
        {g.make(Op::logical_and, 0, {p, below}), "(and x2 (bvult x0 x1))"},
        {g.make(Op::logical_or, 0, {p, g.make(Op::logical_or, 0, {below, p})}), "(or x2 (bvult x0 x1) x2)"},
    };
}

}  // namespace

TEST_CASE("each operation is its SMT-LIB term", "[smtlib]") {
    Graph graph;
    for (const auto& [node, text] : each_operation(graph)) CHECK(term(graph, node) == text);
}

TEST_CASE("another solver computes each operation alike", "[smtlib]") {
    for (const unsigned seed : {1U, 2U, 3U, 4U}) {
        Graph graph;
        std::vector<NodeId> roots;
        for (const auto& [node, text] : each_operation(graph)) roots.push_back(node);
        check_against_evaluation(graph, roots, seed);
    }
}

TEST_CASE("another solver computes each rule alike", "[smtlib]") {
    for (const unsigned seed : {1U, 2U, 3U}) {
        Specification spec;
        std::vector<NodeId> roots;
        for (const RuleTable* table : spec.tables())
            for (const Rule& rule : *table) roots.push_back(rule.condition.id());
        check_against_evaluation(spec.graph, roots, seed);
    }
}

TEST_CASE("what is used twice is defined once, and leaves are declared once", "[smtlib]") {
    Graph graph;
    const NodeId a = graph.add_leaf(8);
    const NodeId sum = graph.make(Op::add, 8, {a, a});
    const NodeId root = graph.make(Op::below, 0, {sum, graph.make(Op::bit_not, 8, {sum})});
    const smt::SmtLib text{graph, std::array{root}, [](std::size_t) { return std::string{"msr_entry[0].data"}; }};
    CHECK(text.declarations() == "(declare-const |msr_entry[0].data| (_ BitVec 8))\n");
    const std::string name = "n" + std::to_string(sum);
    CHECK(text.definitions() ==
          "(define-fun " + name + " () (_ BitVec 8) (bvadd |msr_entry[0].data| |msr_entry[0].data|))\n");
    CHECK(text.term(root) == "(bvult " + name + " (bvnot " + name + "))");
}

TEST_CASE("long terms are laid out in lines", "[smtlib]") {
    Graph graph;
    NodeId root = graph.add_leaf(0);
    for (int k = 0; k < 40; ++k) root = graph.make(Op::logical_and, 0, {root, graph.add_leaf(0)});
    const std::string text = term(graph, root);
    CHECK(text.starts_with("(and\n  x0\n  x1\n"));
    CHECK(text.ends_with("\n  x40)"));
}

}  // namespace vmxspec::smtlib_test
