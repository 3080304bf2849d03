// Graph::make remembered a node before it checked it. The first attempt threw; the second got the number of a node that
// did not exist, or of the next one that was made.
#include "spec/lang/bits.hpp"

#include <catch2/catch.hpp>

namespace vmxspec::graph_refusal_test {

TEST_CASE("what a graph has refused once it refuses again", "[bugs]") {
    Graph graph;
    const NodeId word = graph.add_leaf(16);
    const NodeId byte = graph.add_leaf(8);
    for (int attempt = 0; attempt < 3; ++attempt)
        CHECK_THROWS_AS(graph.make(Op::add, 16, {word, byte}), std::logic_error);
    const NodeId next = graph.make(Op::add, 16, {word, word});
    CHECK(next == 2);
    CHECK(graph.size() == 3);
}

}  // namespace vmxspec::graph_refusal_test
