// The generated headers' states with symbolic words in them. Include before any generated header.
#pragma once

#include "proofs/theorems/symbolic_word.hpp"
#include "proofs/theorems/theorem.hpp"

#include <stdexcept>
#include <type_traits>

namespace vmxspec::generated {

template <class Word>
struct WordTraits;
template <>
struct WordTraits<proofs::SymbolicWord> {
    using Truth = proofs::SymbolicTruth;
};

}  // namespace vmxspec::generated

namespace vmxspec::proofs {

/// The leaf of this number and name, zero-extended, into the member of a generated state.
template <class Member>
void set_symbolic(Specification& spec, const char* name, unsigned number, Member& member) {
    const Leaf& leaf = spec.state.leaves().at(number);
    if (leaf.name != name) throw std::logic_error("the generated headers belong to another specification");
    const NodeId node = spec.state.node(number);
    if constexpr (std::is_same_v<Member, SymbolicTruth>) {
        member = SymbolicTruth{Bool{&spec.graph, node}};
    } else {
        const NodeId word = leaf.width == 64 ? node : spec.graph.make(Op::extend, 64, {node});
        member = SymbolicWord{Bits<64>{&spec.graph, word}};
    }
}

/// Each member as the leaf of its number. `Struct` is a generated state.
template <class Struct>
Struct symbolic_state(Specification& spec) {
    Struct s;
    each_leaf(s, [&](const char* name, unsigned number, auto& member) { set_symbolic(spec, name, number, member); });
    return s;
}

/// The same by names: other theorems may have added leaves before the struct's, so that the numbers differ.
template <class Struct>
Struct symbolic_by_name(Specification& spec) {
    Struct s;
    each_leaf(s, [&](const char* name, unsigned, auto& member) {
        const auto number = static_cast<unsigned>(spec.state.leaf(name));
        set_symbolic(spec, name, number, member);
    });
    return s;
}

/// The generated code for `what` computes what the specification says, for all inputs. `family` is "generated" for the
/// C++ headers.
[[nodiscard]] inline Theorem same_as_spec(const std::string& what, Bool claim, const char* family = "generated") {
    return {std::string{family} + "/" + what,
            "the generated code for " + what + " computes what the specification says",
            Form::always,
            {},
            claim,
            Verdict::proven,
            {}};
}

}  // namespace vmxspec::proofs
