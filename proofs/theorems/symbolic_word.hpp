// A word that computes expressions: the generated headers, instantiated with it, become terms of the graph.
#pragma once

#include "spec/lang/bits.hpp"

#include <cstdint>

namespace vmxspec::proofs {

/// Truth of symbolic words; a machine truth value until it meets a symbolic one.
class SymbolicTruth {
public:
    SymbolicTruth() = default;
    explicit SymbolicTruth(bool value) : value_{value} {}
    explicit SymbolicTruth(Bool term) : graph_{&term.graph()}, node_{term.id()} {}

    [[nodiscard]] Bool in(Graph& graph) const {
        return graph_ != nullptr ? Bool{graph_, node_} : constant(graph, value_);
    }
    [[nodiscard]] Graph* graph() const { return graph_; }
    [[nodiscard]] bool machine_value() const { return value_; }

private:
    Graph* graph_ = nullptr;
    NodeId node_ = 0;
    bool value_ = false;
};

/// A 64-bit word; a machine word until it meets a symbolic one.
class SymbolicWord {
public:
    SymbolicWord() = default;
    explicit SymbolicWord(unsigned long long value) : value_{value} {}
    explicit SymbolicWord(Bits<64> term) : graph_{&term.graph()}, node_{term.id()} {}

    [[nodiscard]] Bits<64> in(Graph& graph) const {
        return {&graph, graph_ != nullptr ? node_ : graph.make(Op::constant, 64, {}, value_)};
    }
    [[nodiscard]] Graph* graph() const { return graph_; }
    [[nodiscard]] std::uint64_t machine_value() const { return value_; }

private:
    Graph* graph_ = nullptr;
    NodeId node_ = 0;
    std::uint64_t value_ = 0;
};

namespace detail {

template <class A, class B>
[[nodiscard]] Graph* common(const A& a, const B& b) {
    return a.graph() != nullptr ? a.graph() : b.graph();
}
/// f on the terms where one side is symbolic, g on the machine values otherwise.
template <class Result, class T, class F, class G>
[[nodiscard]] Result apply(const T& a, const T& b, F on_terms, G on_machine) {
    if (Graph* graph = common(a, b)) return Result{on_terms(a.in(*graph), b.in(*graph))};
    return Result{on_machine(a.machine_value(), b.machine_value())};
}

}  // namespace detail

#define VMXSPEC_SYMBOLIC(RESULT, OPERAND, OPERATOR)                                                          \
    [[nodiscard]] inline RESULT operator OPERATOR(const OPERAND& a, const OPERAND& b) {                      \
        return detail::apply<RESULT>(                                                                        \
            a, b, [](auto x, auto y) { return x OPERATOR y; }, [](auto x, auto y) { return x OPERATOR y; }); \
    }
VMXSPEC_SYMBOLIC(SymbolicWord, SymbolicWord, &)
VMXSPEC_SYMBOLIC(SymbolicWord, SymbolicWord, |)
VMXSPEC_SYMBOLIC(SymbolicWord, SymbolicWord, ^)
VMXSPEC_SYMBOLIC(SymbolicWord, SymbolicWord, +)
VMXSPEC_SYMBOLIC(SymbolicWord, SymbolicWord, -)
VMXSPEC_SYMBOLIC(SymbolicTruth, SymbolicWord, ==)
VMXSPEC_SYMBOLIC(SymbolicTruth, SymbolicWord, <)
VMXSPEC_SYMBOLIC(SymbolicTruth, SymbolicTruth, &&)
VMXSPEC_SYMBOLIC(SymbolicTruth, SymbolicTruth, ||)
#undef VMXSPEC_SYMBOLIC

[[nodiscard]] inline SymbolicTruth operator!(const SymbolicTruth& a) {
    return a.graph() != nullptr ? SymbolicTruth{!a.in(*a.graph())} : SymbolicTruth{!a.machine_value()};
}
[[nodiscard]] inline SymbolicWord operator~(const SymbolicWord& a) {
    return a.graph() != nullptr ? SymbolicWord{~a.in(*a.graph())} : SymbolicWord{~a.machine_value()};
}
/// By a constant distance below 64.
[[nodiscard]] inline SymbolicWord operator>>(const SymbolicWord& a, int distance) {
    const auto n = static_cast<std::uint64_t>(distance);
    return a.graph() != nullptr ? SymbolicWord{a.in(*a.graph()) >> n} : SymbolicWord{a.machine_value() >> n};
}
/// Terms shift to 0 by the width or more, as the generated functions of the same name demand.
[[nodiscard]] inline SymbolicWord shift_left(const SymbolicWord& a, const SymbolicWord& b) {
    return detail::apply<SymbolicWord>(
        a, b, [](auto x, auto y) { return x << y; }, [](auto x, auto y) { return y < 64 ? x << y : 0; });
}
[[nodiscard]] inline SymbolicWord shift_right(const SymbolicWord& a, const SymbolicWord& b) {
    return detail::apply<SymbolicWord>(
        a, b, [](auto x, auto y) { return x >> y; }, [](auto x, auto y) { return y < 64 ? x >> y : 0; });
}
[[nodiscard]] inline SymbolicWord select(const SymbolicTruth& condition, const SymbolicWord& then,
                                         const SymbolicWord& otherwise) {
    Graph* graph = condition.graph();
    if (graph == nullptr) return condition.machine_value() ? then : otherwise;
    return SymbolicWord{select(condition.in(*graph), then.in(*graph), otherwise.in(*graph))};
}

}  // namespace vmxspec::proofs
