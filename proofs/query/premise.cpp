#include "proofs/query/premise.hpp"

namespace vmxspec::query {

Bool premise(Graph& graph, NodeId condition) {
    const Node node = graph[condition];
    if (node.op == Op::logical_and) return premise(graph, node.operand[0]) || premise(graph, node.operand[1]);
    if (node.op == Op::logical_or && graph[node.operand[0]].op == Op::logical_not)
        return !Bool{&graph, node.operand[0]} && premise(graph, node.operand[1]);
    return constant(graph, true);
}

}  // namespace vmxspec::query
