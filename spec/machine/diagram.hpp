// The state machine as a graph that can be drawn: what the logical processor can be in, and which rows lead from where
// to where. It is computed from the rows, not drawn.
#pragma once

#include "spec/machine/transition.hpp"

#include "spec/lang/known.hpp"

#include <map>

namespace vmxspec::machine {

/// A class of states.
struct DiagramState {
    std::string_view id;
    std::string_view name;
    Bool condition;  ///< the state belongs to the class
};

/// A row leads from one class to another.
struct DiagramEdge {
    std::size_t from;
    std::size_t to;
    std::string row;  ///< id of the transition
};

struct Diagram {
    std::vector<DiagramState> states;
    std::vector<DiagramEdge> edges;
};

/// Outside VMX operation; VMX root operation without and with a current VMCS; VMX non-root operation. Faults and VMfail
/// lead nowhere and have no edge. Edges are those that the few values which make up a class do not exclude.
[[nodiscard]] Diagram operation_diagram(const State& s, const TransitionTable& table);

/// Figure 27-1, from the rows: a VMCS region is active or not, current or not, clear or launched. Without SMM under the
/// dual-monitor treatment. It has what the figure leaves out: VMXOFF, and the VMCS link pointer, which makes a shadow
/// VMCS active.
[[nodiscard]] Diagram region_diagram(const State& s, const TransitionTable& table);

/// The diagram in Graphviz's language.
[[nodiscard]] std::string to_dot(const Diagram& diagram);

}  // namespace vmxspec::machine
