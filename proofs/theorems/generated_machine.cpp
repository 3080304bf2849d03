// Generated = spec for the VMX instructions: guard by guard, effect by effect, for all inputs.
#include "proofs/theorems/symbolic_state.hpp"

#include "vmxspec/generated/vmx_instructions.hpp"

#include <algorithm>
#include <map>

namespace vmxspec::proofs {

namespace {

using State = generated::InstructionState<SymbolicWord>;

/// What a member must hold after a row: the specification's expression, zero-extended.
class Expected {
public:
    Expected(Specification& spec, const machine::Transition& row) : spec_{spec}, row_{row} {}
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

}  // namespace

std::vector<Theorem> generated_machine_theorems(Specification& spec) {
    const auto s = symbolic_state<State>(spec);
    std::vector<Theorem> theorems;
    generated::each_instruction_row(s, [&](generated::InstructionRow row, const SymbolicTruth& guard, auto effect) {
        const auto& told = generated::instruction_row_information[static_cast<std::size_t>(row)];
        const machine::Transition* transition = spec.machine.find(told.id);
        if (transition == nullptr || told.number != transition->number ||
            static_cast<int>(told.ending) != static_cast<int>(transition->ending))
            throw std::logic_error("the generated headers belong to another specification");
        theorems.push_back(same_as_spec(std::string{told.id} + "/guard", guard.in(spec.graph) == transition->guard));

        State next = s;
        effect(next);
        const Expected expected{spec, *transition};
        Bool all = constant(spec.graph, true);
        each_leaf(next,
                  [&](const char*, unsigned number, auto& member) { all = all && expected.equals(number, member); });
        theorems.push_back(same_as_spec(std::string{told.id} + "/effect", all));
    });
    return theorems;
}

}  // namespace vmxspec::proofs
