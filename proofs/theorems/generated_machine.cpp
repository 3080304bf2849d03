// Generated = spec for the VMX instructions: guard by guard, effect by effect, for all inputs.
#include "proofs/theorems/expected_member.hpp"
#include "proofs/theorems/symbolic_state.hpp"

#include "vmxspec/generated/vmx_instructions.hpp"

namespace vmxspec::proofs {

namespace {

using State = generated::InstructionState<SymbolicWord>;

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
        const ExpectedMember expected{spec, *transition};
        Bool all = constant(spec.graph, true);
        each_leaf(next,
                  [&](const char*, unsigned number, auto& member) { all = all && expected.equals(number, member); });
        theorems.push_back(same_as_spec(std::string{told.id} + "/effect", all));
    });
    return theorems;
}

}  // namespace vmxspec::proofs
