// What the members of a generated state hold after a row of a VMX instruction.
#pragma once

#include "proofs/theorems/symbolic_word.hpp"
#include "spec/specification.hpp"

#include <algorithm>

namespace vmxspec::proofs {

/// What a member must hold after a row: the specification's expression, zero-extended.
class ExpectedMember {
public:
    ExpectedMember(Specification& spec, const machine::Transition& row) : spec_{spec}, row_{row} {}
    [[nodiscard]] Bool equals(std::size_t leaf, const SymbolicTruth& member) const {
        return member.in(spec_.graph) == Bool{&spec_.graph, value(leaf)};
    }
    [[nodiscard]] Bool equals(std::size_t leaf, const SymbolicWord& member) const {
        const NodeId node = value(leaf);
        const NodeId word = spec_.graph[node].width == 64 ? node : spec_.graph.make(Op::extend, 64, {node});
        return member.in(spec_.graph) == Bits<64>{&spec_.graph, word};
    }

private:
    [[nodiscard]] NodeId value(std::size_t leaf) const {
        const auto effect = std::ranges::find(row_.effects, leaf, &machine::Effect::leaf);
        return effect == row_.effects.end() ? spec_.state.node(leaf) : effect->value;
    }

    Specification& spec_;
    const machine::Transition& row_;
};

}  // namespace vmxspec::proofs
