#include "gen/emit/machine.hpp"

#include "spec/machine/diagram.hpp"

#include <nlohmann/json.hpp>

namespace vmxspec::gen {

namespace {

using Json = nlohmann::ordered_json;

/// Effects on `region.*` are left out: the region that stands for any is the prover's.
Json effects(const State& state, const machine::Transition& row) {
    Json list = Json::array();
    for (const machine::Effect& effect : row.effects)
        if (!state.leaves()[effect.leaf].name.starts_with("region."))
            list.push_back({{"leaf", effect.leaf}, {"value", effect.value}});
    return list;
}

Json rows(const Specification& spec, machine::Instruction instruction) {
    Json list = Json::array();
    for (const machine::Transition& row : spec.machine.rows(instruction))
        list.push_back({{"id", row.id},
                        {"order", row.order},
                        {"section", row.citation.section},
                        {"title", row.citation.title},
                        {"guard", row.guard.id()},
                        {"ending", machine::name(row.ending)},
                        {"number", row.number},
                        {"effects", effects(spec.state, row)},
                        {"note", row.note}});
    return list;
}

Json diagram(const machine::Diagram& diagram) {
    Json states = Json::array();
    for (const machine::DiagramState& state : diagram.states)
        states.push_back({{"id", state.id}, {"name", state.name}, {"condition", state.condition.id()}});
    Json edges = Json::array();
    for (const machine::DiagramEdge& edge : diagram.edges)
        edges.push_back(
            {{"from", diagram.states[edge.from].id}, {"to", diagram.states[edge.to].id}, {"row", edge.row}});
    return {{"states", states}, {"edges", edges}};
}

}  // namespace

nlohmann::ordered_json machine_to_json(const Specification& spec) {
    Json instructions = Json::array();
    for (std::size_t n = 0; n < machine::instruction_count; ++n) {
        const auto instruction = static_cast<machine::Instruction>(n);
        instructions.push_back({{"name", machine::name(instruction)},
                                {"manual_name", machine::manual_name(instruction)},
                                {"rows", rows(spec, instruction)}});
    }
    return {{"instructions", instructions},
            {"operation", diagram(machine::operation_diagram(spec.state, spec.machine))},
            {"region", diagram(machine::region_diagram(spec.state, spec.machine))}};
}

}  // namespace vmxspec::gen
