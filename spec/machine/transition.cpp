#include "spec/machine/transition.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>

namespace vmxspec::machine {

namespace {

struct InstructionName {
    std::string_view name;
    std::string_view manual_name;
};
// clang-format off
constexpr std::array<InstructionName, instruction_count> instruction_names{{
    {"vmxon", "VMXON"}, {"vmxoff", "VMXOFF"}, {"vmclear", "VMCLEAR"}, {"vmptrld", "VMPTRLD"}, {"vmptrst", "VMPTRST"},
    {"vmread", "VMREAD"}, {"vmwrite", "VMWRITE"}, {"vmlaunch", "VMLAUNCH"}, {"vmresume", "VMRESUME"},
    {"invept", "INVEPT"}, {"invvpid", "INVVPID"}, {"vmcall", "VMCALL"}, {"vmfunc", "VMFUNC"}, {"vm-exit", "VM exit"},
}};
constexpr std::array<std::string_view, 11> ending_names{
    "invalid_opcode", "general_protection", "vmfail", "vmfail_invalid", "vmfail_valid", "succeed",
    "enter", "entry_failure", "vm_exit", "smm_exit", "function"};
// clang-format on

Effect set_node(Graph& graph, NodeId leaf, NodeId value) {
    if (graph[leaf].op != Op::leaf) throw std::logic_error("an effect on what is no leaf");
    return {graph[leaf].value, value};
}

/// a ? b : c, for truth values as well as for words.
NodeId choose(Graph& graph, Bool condition, NodeId then, NodeId otherwise) {
    if (graph[then].width != 0) return graph.make(Op::select, graph[then].width, {condition.id(), then, otherwise});
    return ((condition && Bool{&graph, then}) || (!condition && Bool{&graph, otherwise})).id();
}

}  // namespace

std::string_view name(Instruction instruction) { return instruction_names[static_cast<std::size_t>(instruction)].name; }
std::string_view manual_name(Instruction instruction) {
    return instruction_names[static_cast<std::size_t>(instruction)].manual_name;
}
std::string_view name(Ending ending) { return ending_names[static_cast<std::size_t>(ending)]; }

Effect set(Bool leaf, Bool value) { return set_node(leaf.graph(), leaf.id(), value.id()); }
Effect set(Bool leaf, bool value) { return set(leaf, constant(leaf.graph(), value)); }
template <unsigned W>
Effect set(Bits<W> leaf, Bits<W> value) {
    return set_node(leaf.graph(), leaf.id(), value.id());
}
template Effect set(Bits<16>, Bits<16>);
template Effect set(Bits<32>, Bits<32>);
template Effect set(Bits<64>, Bits<64>);

Effects operator+(Effects a, const Effects& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

void TransitionTable::instruction(Instruction instruction, Citation citation) {
    instruction_ = instruction;
    citation_ = citation;
}

void TransitionTable::row(std::string_view suffix, Bool guard, Ending ending, std::uint32_t number, Effects effects,
                          std::string_view note) {
    row_of(citation_, suffix, guard, ending, number, std::move(effects), note);
}

void TransitionTable::row_of(Citation citation, std::string_view suffix, Bool guard, Ending ending,
                             std::uint32_t number, Effects effects, std::string_view note) {
    const std::string id = std::string{name(instruction_)} + "." + std::string{suffix};
    if (find(id) != nullptr) throw std::logic_error("two transitions have the id " + id);
    std::set<std::size_t> leaves;
    for (const Effect& effect : effects)
        if (!leaves.insert(effect.leaf).second) throw std::logic_error("transition " + id + " sets a leaf twice");
    const auto order = static_cast<unsigned>(rows(instruction_).size() + 1);
    rows_.push_back({id, instruction_, order, citation, guard, ending, number, std::move(effects), note});
}

std::span<const Transition> TransitionTable::rows(Instruction instruction) const {
    const auto first = std::ranges::find(rows_, instruction, &Transition::instruction);
    const auto others = [&](const Transition& row) { return row.instruction != instruction; };
    return {first, std::find_if(first, rows_.end(), others)};
}

const Transition* TransitionTable::find(std::string_view id) const {
    const auto found = std::ranges::find(rows_, id, &Transition::id);
    return found == rows_.end() ? nullptr : &*found;
}

Bool taken(std::span<const Transition> rows, std::size_t k) {
    Bool result = rows[k].guard;
    for (std::size_t earlier = k; earlier-- > 0;) result = result && !rows[earlier].guard;
    return result;
}

std::vector<std::size_t> changing_leaves(const TransitionTable& table) {
    std::set<std::size_t> leaves;
    for (const Transition& row : table)
        for (const Effect& effect : row.effects) leaves.insert(effect.leaf);
    return {leaves.begin(), leaves.end()};
}

NodeId next(std::span<const Transition> rows, Graph& graph, std::size_t leaf) {
    const NodeId unchanged = graph.leaf(leaf);
    NodeId value = unchanged;
    for (std::size_t k = rows.size(); k-- > 0;) {
        const auto effect = std::ranges::find(rows[k].effects, leaf, &Effect::leaf);
        value = choose(graph, rows[k].guard, effect == rows[k].effects.end() ? unchanged : effect->value, value);
    }
    return value;
}

}  // namespace vmxspec::machine
