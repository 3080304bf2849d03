// The diagrams that the rows amount to say what the machine does: every edge can be gone, and there are no others.
#include "proofs/theorems/theorem.hpp"
#include "spec/machine/conditions.hpp"
#include "spec/machine/diagram.hpp"
#include "spec/machine/invariant.hpp"
#include "spec/state/architecture.hpp"

namespace vmxspec::proofs {

namespace {

class Drawing {
public:
    Drawing(Specification& spec, std::string name, machine::Diagram drawn, std::vector<Bool> given)
        : spec_{spec},
          graph_{spec.graph},
          name_{"machine/" + name},
          drawn_{std::move(drawn)},
          given_{std::move(given)} {}

    void prove(std::vector<Theorem>& theorems) {
        possible(theorems);
        complete(theorems);
        disjoint(theorems);
    }

private:
    /// The class holds after the row.
    [[nodiscard]] Bool after(const machine::Transition& row, const machine::DiagramState& state) {
        std::map<std::size_t, NodeId> changes;
        for (const machine::Effect& effect : row.effects) changes[effect.leaf] = effect.value;
        return {&graph_, graph_.substitute(state.condition.id(), changes)};
    }
    [[nodiscard]] Bool taken(const machine::Transition& row) {
        return machine::taken(spec_.machine.rows(row.instruction), row.order - 1) &&
               machine::can_happen(spec_.state, row.instruction);
    }
    void always(std::vector<Theorem>& theorems, const std::string& what, const std::string& statement, Bool claim) {
        theorems.push_back({name_ + what, statement, Form::always, given_, claim, Verdict::proven, {}});
    }

    void possible(std::vector<Theorem>& theorems) {
        for (const machine::DiagramEdge& edge : drawn_.edges) {
            const machine::Transition& row = *spec_.machine.find(edge.row);
            const machine::DiagramState& from = drawn_.states[edge.from];
            const machine::DiagramState& to = drawn_.states[edge.to];
            const std::string statement =
                edge.row + " leads from \"" + std::string{from.name} + "\" to \"" + std::string{to.name} + "\"";
            theorems.push_back({name_ + std::string{from.id} + "/" + edge.row + "/" + std::string{to.id},
                                statement,
                                Form::possible,
                                given_,
                                taken(row) && from.condition && after(row, to),
                                Verdict::proven,
                                {}});
        }
    }

    void complete(std::vector<Theorem>& theorems) {
        Bool claim = constant(graph_, true);
        for (const machine::Transition& row : spec_.machine) {
            for (std::size_t from = 0; from < drawn_.states.size(); ++from) {
                Bool somewhere = after(row, drawn_.states[from]);
                for (const machine::DiagramEdge& edge : drawn_.edges)
                    if (edge.from == from && edge.row == row.id)
                        somewhere = somewhere || after(row, drawn_.states[edge.to]);
                claim = claim && ((taken(row) && drawn_.states[from].condition) >> somewhere);
            }
        }
        always(theorems, "complete", "the machine goes where the diagram has an edge, or stays", claim);
    }

    void disjoint(std::vector<Theorem>& theorems) {
        Bool overlap = constant(graph_, false);
        for (std::size_t j = 0; j < drawn_.states.size(); ++j)
            for (std::size_t k = 0; k < j; ++k)
                overlap = overlap || (drawn_.states[j].condition && drawn_.states[k].condition);
        always(theorems, "disjoint", "no state belongs to two of the diagram's", !overlap);
    }

    Specification& spec_;
    Graph& graph_;
    std::string name_;
    machine::Diagram drawn_;
    std::vector<Bool> given_;
};

}  // namespace

std::vector<Theorem> machine_diagram_theorems(Specification& spec) {
    const State& s = spec.state;
    std::vector<Bool> ground{consistent_processor(s), machine::coherent(s), machine::verdicts_agree(s, spec.rules),
                             machine::no_vmx_in_default_smm(s)};
    for (const machine::Invariant& one : machine::invariants(s)) ground.push_back(one.condition);
    std::vector<Bool> of_region = ground;
    of_region.push_back(machine::valid_pointer(s, s.region.address) && !s.before.in_smm &&
                        !s.machine.dual_monitor_active);
    std::vector<Theorem> theorems;
    Drawing{spec, "diagram/", machine::operation_diagram(s, spec.machine), ground}.prove(theorems);
    Drawing{spec, "figure-27-1/", machine::region_diagram(s, spec.machine), of_region}.prove(theorems);
    return theorems;
}

}  // namespace vmxspec::proofs
