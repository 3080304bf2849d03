// Typed handles over the expression graph: Bits<W> is a bit-vector of W bits, Bool a truth value.
// Operators build nodes; mixing widths does not compile.
#pragma once

#include "spec/lang/graph.hpp"

#include <initializer_list>
#include <stdexcept>

namespace vmxspec {

/// A truth value in a graph.
class Bool {
public:
    Bool() = default;
    Bool(Graph* graph, NodeId id) : graph_{graph}, id_{id} {}

    [[nodiscard]] Graph& graph() const {
        if (graph_ == nullptr) throw std::logic_error("an expression that belongs to no graph");
        return *graph_;
    }
    [[nodiscard]] NodeId id() const { return id_; }

private:
    Graph* graph_ = nullptr;
    NodeId id_ = 0;
};

[[nodiscard]] inline Bool constant(Graph& graph, bool value) {
    return {&graph, graph.make(Op::constant, 0, {}, value ? 1 : 0)};
}
[[nodiscard]] inline Bool operator!(Bool a) { return {&a.graph(), a.graph().make(Op::logical_not, 0, {a.id()})}; }
[[nodiscard]] inline Bool operator&&(Bool a, Bool b) {
    return {&a.graph(), a.graph().make(Op::logical_and, 0, {a.id(), b.id()})};
}
[[nodiscard]] inline Bool operator||(Bool a, Bool b) {
    return {&a.graph(), a.graph().make(Op::logical_or, 0, {a.id(), b.id()})};
}
/// Implication: if a then b. Binds tighter than ==, so parenthesise comparisons on its sides.
[[nodiscard]] inline Bool operator>>(Bool a, Bool b) { return !a || b; }
/// Equivalence.
[[nodiscard]] inline Bool operator==(Bool a, Bool b) { return (a && b) || (!a && !b); }
[[nodiscard]] inline Bool operator!=(Bool a, Bool b) { return !(a == b); }

/// A bit-vector of W bits (1 to 64) in a graph.
template <unsigned W>
class Bits {
    static_assert(W >= 1 && W <= 64);

public:
    static constexpr unsigned width = W;

    Bits() = default;
    Bits(Graph* graph, NodeId id) : graph_{graph}, id_{id} {}

    [[nodiscard]] Graph& graph() const {
        if (graph_ == nullptr) throw std::logic_error("an expression that belongs to no graph");
        return *graph_;
    }
    [[nodiscard]] NodeId id() const { return id_; }

    /// A constant in the same graph; throws std::logic_error when it does not fit W bits.
    [[nodiscard]] Bits same(std::uint64_t value) const { return {&graph(), graph().make(Op::constant, W, {}, value)}; }
    /// Bits Hi:Lo, numbered as the manual does.
    template <unsigned Hi, unsigned Lo>
    [[nodiscard]] Bits<Hi - Lo + 1> slice() const {
        static_assert(Hi >= Lo && Hi < W);
        return {&graph(), graph().make(Op::extract, Hi - Lo + 1, {id()}, Lo)};
    }
    /// The truth of bit n.
    [[nodiscard]] Bool operator[](unsigned n) const {
        Graph& g = graph();
        const NodeId bit = g.make(Op::extract, 1, {id()}, n);
        return {&g, g.make(Op::equal, 0, {bit, g.make(Op::constant, 1, {}, 1)})};
    }

private:
    Graph* graph_ = nullptr;
    NodeId id_ = 0;
};

namespace detail {
template <unsigned W>
[[nodiscard]] Bits<W> binary(Op op, Bits<W> a, Bits<W> b) {
    return {&a.graph(), a.graph().make(op, W, {a.id(), b.id()})};
}
template <unsigned W>
[[nodiscard]] Bool compare(Op op, Bits<W> a, Bits<W> b) {
    return {&a.graph(), a.graph().make(op, 0, {a.id(), b.id()})};
}
}  // namespace detail

template <unsigned W>
[[nodiscard]] Bits<W> operator&(Bits<W> a, Bits<W> b) {
    return detail::binary(Op::bit_and, a, b);
}
template <unsigned W>
[[nodiscard]] Bits<W> operator|(Bits<W> a, Bits<W> b) {
    return detail::binary(Op::bit_or, a, b);
}
template <unsigned W>
[[nodiscard]] Bits<W> operator^(Bits<W> a, Bits<W> b) {
    return detail::binary(Op::bit_xor, a, b);
}
template <unsigned W>
[[nodiscard]] Bits<W> operator+(Bits<W> a, Bits<W> b) {
    return detail::binary(Op::add, a, b);
}
template <unsigned W>
[[nodiscard]] Bits<W> operator-(Bits<W> a, Bits<W> b) {
    return detail::binary(Op::subtract, a, b);
}
template <unsigned W>
[[nodiscard]] Bits<W> operator<<(Bits<W> a, Bits<W> b) {
    return detail::binary(Op::shift_left, a, b);
}
template <unsigned W>
[[nodiscard]] Bits<W> operator>>(Bits<W> a, Bits<W> b) {
    return detail::binary(Op::shift_right, a, b);
}
template <unsigned W>
[[nodiscard]] Bool operator==(Bits<W> a, Bits<W> b) {
    return detail::compare(Op::equal, a, b);
}
template <unsigned W>
[[nodiscard]] Bool operator!=(Bits<W> a, Bits<W> b) {
    return !(a == b);
}
template <unsigned W>
[[nodiscard]] Bool operator<(Bits<W> a, Bits<W> b) {
    return detail::compare(Op::below, a, b);
}
template <unsigned W>
[[nodiscard]] Bool operator>(Bits<W> a, Bits<W> b) {
    return b < a;
}
template <unsigned W>
[[nodiscard]] Bool operator<=(Bits<W> a, Bits<W> b) {
    return !(b < a);
}
template <unsigned W>
[[nodiscard]] Bool operator>=(Bits<W> a, Bits<W> b) {
    return !(a < b);
}
template <unsigned W>
[[nodiscard]] Bits<W> operator~(Bits<W> a) {
    return {&a.graph(), a.graph().make(Op::bit_not, W, {a.id()})};
}

// The same with a constant on the right.
template <unsigned W>
[[nodiscard]] Bits<W> operator&(Bits<W> a, std::uint64_t b) {
    return a & a.same(b);
}
template <unsigned W>
[[nodiscard]] Bits<W> operator|(Bits<W> a, std::uint64_t b) {
    return a | a.same(b);
}
template <unsigned W>
[[nodiscard]] Bits<W> operator^(Bits<W> a, std::uint64_t b) {
    return a ^ a.same(b);
}
template <unsigned W>
[[nodiscard]] Bits<W> operator+(Bits<W> a, std::uint64_t b) {
    return a + a.same(b);
}
template <unsigned W>
[[nodiscard]] Bits<W> operator-(Bits<W> a, std::uint64_t b) {
    return a - a.same(b);
}
template <unsigned W>
[[nodiscard]] Bits<W> operator<<(Bits<W> a, std::uint64_t b) {
    return a << a.same(b);
}
template <unsigned W>
[[nodiscard]] Bits<W> operator>>(Bits<W> a, std::uint64_t b) {
    return a >> a.same(b);
}
template <unsigned W>
[[nodiscard]] Bool operator==(Bits<W> a, std::uint64_t b) {
    return a == a.same(b);
}
template <unsigned W>
[[nodiscard]] Bool operator!=(Bits<W> a, std::uint64_t b) {
    return a != a.same(b);
}
template <unsigned W>
[[nodiscard]] Bool operator<(Bits<W> a, std::uint64_t b) {
    return a < a.same(b);
}
template <unsigned W>
[[nodiscard]] Bool operator<=(Bits<W> a, std::uint64_t b) {
    return a <= a.same(b);
}
template <unsigned W>
[[nodiscard]] Bool operator>(Bits<W> a, std::uint64_t b) {
    return a > a.same(b);
}
template <unsigned W>
[[nodiscard]] Bool operator>=(Bits<W> a, std::uint64_t b) {
    return a >= a.same(b);
}

/// The same value in To bits.
template <unsigned To, unsigned W>
[[nodiscard]] Bits<To> extend(Bits<W> a) {
    static_assert(To >= W);
    return {&a.graph(), a.graph().make(Op::extend, To, {a.id()})};
}

template <unsigned W>
[[nodiscard]] Bits<W> select(Bool condition, Bits<W> then, Bits<W> otherwise) {
    return {&then.graph(), then.graph().make(Op::select, W, {condition.id(), then.id(), otherwise.id()})};
}

/// Value if the condition holds, 0 otherwise.
template <unsigned W>
[[nodiscard]] Bits<W> only_if(Bool condition, Bits<W> value) {
    return select(condition, value, value.same(0));
}

/// The expression, with the manual's words for it: {} stands for the words of the operands.
template <class T, class... Operands>
[[nodiscard]] T said(T expression, const char* pattern, const Operands&... operands) {
    expression.graph().say(expression.id(), pattern, {operands.id()...});
    return expression;
}

/// All of these hold; at least one condition must be given.
[[nodiscard]] inline Bool all_of(std::initializer_list<Bool> conditions) {
    Bool all = *conditions.begin();
    for (const Bool* next = conditions.begin() + 1; next != conditions.end(); ++next) all = all && *next;
    return all;
}

/// At least one of these holds; at least one condition must be given.
[[nodiscard]] inline Bool any_of(std::initializer_list<Bool> conditions) {
    Bool any = *conditions.begin();
    for (const Bool* next = conditions.begin() + 1; next != conditions.end(); ++next) any = any || *next;
    return any;
}

/// The value is one of these.
template <unsigned W>
[[nodiscard]] Bool one_of(Bits<W> value, std::initializer_list<std::uint64_t> choices) {
    Bool any = value == *choices.begin();
    for (const std::uint64_t* next = choices.begin() + 1; next != choices.end(); ++next) any = any || value == *next;
    return any;
}

}  // namespace vmxspec
