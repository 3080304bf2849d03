#include "spec/machine/diagram.hpp"

#include "spec/machine/conditions.hpp"
#include "spec/machine/machine.hpp"

#include <algorithm>

namespace vmxspec::machine {

namespace {

/// Values of some leaves; the others are open.
using Values = std::vector<Known>;

class Sampler {
public:
    explicit Sampler(const State& s) : s_{s}, values_(s.leaves().size()) {}
    Sampler& set(std::string_view leaf, std::uint64_t value) {
        const std::size_t n = s_.leaf(leaf);
        values_[n] = Known::exactly(value, s_.leaves()[n].width);
        return *this;
    }
    [[nodiscard]] const Values& values() const { return values_; }

private:
    const State& s_;
    Values values_;
};

/// States of one class: its place in the diagram, and the values that stand for it.
struct Sample {
    std::size_t state;
    Values values;
};

/// The row can be taken in the sample, as far as its values tell.
bool possible(const Evaluation& now, std::span<const Transition> rows, std::size_t k) {
    if (now.truth(rows[k].guard.id()) == false) return false;
    const auto holds = [&](const Transition& earlier) { return now.truth(earlier.guard.id()) == true; };
    return std::none_of(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(k), holds);
}

/// Leaf values after the row.
Values after(const Evaluation& now, const Transition& row, Values values) {
    for (const Effect& effect : row.effects) values[effect.leaf] = now[effect.value];
    return values;
}

std::vector<DiagramEdge> edges(const State& s, const TransitionTable& table, const std::vector<DiagramState>& states,
                               const std::vector<Sample>& samples, bool self_loops) {
    std::vector<DiagramEdge> found;
    for (const Sample& sample : samples) {
        const Evaluation now{s.graph(), sample.values};
        for (std::size_t n = 0; n < instruction_count; ++n) {
            const auto instruction = static_cast<Instruction>(n);
            if (now.truth(can_happen(s, instruction).id()) == false) continue;
            const auto rows = table.rows(instruction);
            for (std::size_t k = 0; k < rows.size(); ++k) {
                if (is_fault(rows[k].ending) || is_vmfail(rows[k].ending) || !possible(now, rows, k)) continue;
                const Evaluation then{s.graph(), after(now, rows[k], sample.values)};
                for (std::size_t to = 0; to < states.size(); ++to) {
                    if (then.truth(states[to].condition.id()) == false || (to == sample.state && !self_loops)) continue;
                    const auto same = [&](const DiagramEdge& e) {
                        return e.from == sample.state && e.to == to && e.row == rows[k].id;
                    };
                    if (std::ranges::none_of(found, same)) found.push_back({sample.state, to, rows[k].id});
                }
            }
        }
    }
    return found;
}

constexpr std::uint64_t none = ~0ULL, region = 0x1000, another = 0x2000, vmxon_region = 0x3000;

}  // namespace

Diagram operation_diagram(const State& s, const TransitionTable& table) {
    const Bool inside = s.before.in_vmx_operation;
    std::vector<DiagramState> states{
        {"outside", "outside VMX operation", !inside},
        {"root", "VMX root operation, no current VMCS", in_root(s) && !has_current(s)},
        {"root-current", "VMX root operation, current VMCS", in_root(s) && has_current(s)},
        {"non-root", "VMX non-root operation", in_non_root(s)},
    };
    const auto sample = [&](std::size_t state, bool in_vmx_operation, bool non_root, std::uint64_t current,
                            std::uint64_t operand) {
        return Sample{state, Sampler{s}
                                 .set("before.in_vmx_operation", in_vmx_operation)
                                 .set("before.non_root", non_root)
                                 .set("before.current_vmcs", current)
                                 .set("operand.address", operand)
                                 .set("machine.vmxon_pointer", vmxon_region)
                                 .set("machine.smm_transfer_vmcs", another)
                                 .values()};
    };
    std::vector<Sample> samples;
    for (const std::uint64_t operand : {region, another}) {
        samples.push_back(sample(0, false, false, none, operand));
        samples.push_back(sample(1, true, false, none, operand));
        samples.push_back(sample(2, true, false, region, operand));
        samples.push_back(sample(3, true, true, region, operand));
    }
    std::vector<DiagramEdge> found = edges(s, table, states, samples, true);
    // A loop that changes nothing tells nothing: VMPTRLD and entries that return to where they began stay.
    std::erase_if(found, [](const DiagramEdge& e) { return e.from == e.to && e.row != "vmptrld.load"; });
    return {std::move(states), std::move(found)};
}

Diagram region_diagram(const State& s, const TransitionTable& table) {
    const auto& [before, x] = std::tie(s.before, s.region);
    const Bool current = before.in_vmx_operation && x.address == before.current_vmcs;
    std::vector<DiagramState> states{
        {"inactive", "inactive, not current, clear", !x.active && !current && !x.launched},
        {"active-clear", "active, not current, clear", x.active && !current && !x.launched},
        {"current-clear", "active, current, clear", x.active && current && !x.launched},
        {"active-launched", "active, not current, launched", x.active && !current && x.launched},
        {"current-launched", "active, current, launched", x.active && current && x.launched},
        {"left", "inactive, launched before VMXOFF", !x.active && !current && x.launched},
    };
    const auto sample = [&](std::size_t state, bool active, std::uint64_t now, bool launched, std::uint64_t operand,
                            std::uint64_t link) {
        Sampler sampler{s};
        sampler.set("before.in_vmx_operation", true)
            .set("before.in_smm", false)
            .set("machine.dual_monitor_active", false)
            .set("machine.vmxon_pointer", vmxon_region)
            .set("before.current_vmcs", now)
            .set("operand.address", operand)
            .set("operand.launched", operand == region && launched)
            .set("region.address", region)
            .set("region.active", active)
            .set("region.launched", launched)
            .set("region.stale", !active && launched)
            .set("guest.link_pointer", link);
        if (now == region) sampler.set("before.launched", launched);
        return Sample{state, sampler.values()};
    };
    std::vector<Sample> samples;
    for (const std::uint64_t operand : {region, another}) {
        for (const std::uint64_t link : {none, region}) {
            samples.push_back(sample(0, false, another, false, operand, link));
            samples.push_back(sample(1, true, another, false, operand, link));
            samples.push_back(sample(3, true, another, true, operand, link));
            samples.push_back(sample(5, false, another, true, operand, link));
        }
        samples.push_back(sample(2, true, region, false, operand, none));
        samples.push_back(sample(4, true, region, true, operand, none));
    }
    std::vector<DiagramEdge> found = edges(s, table, states, samples, false);
    return {std::move(states), std::move(found)};
}

std::string to_dot(const Diagram& diagram) {
    std::string text = "digraph {\n    node [shape=box, style=rounded];\n";
    for (const DiagramState& state : diagram.states)
        text += "    \"" + std::string{state.id} + "\" [label=\"" + std::string{state.name} + "\"];\n";
    for (const DiagramEdge& edge : diagram.edges)
        text += "    \"" + std::string{diagram.states[edge.from].id} + "\" -> \"" +
                std::string{diagram.states[edge.to].id} + "\" [label=\"" + edge.row + "\"];\n";
    return text + "}\n";
}

}  // namespace vmxspec::machine
