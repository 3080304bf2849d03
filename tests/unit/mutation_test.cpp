// How much the tests of the rules notice: each condition is changed in every small way, and the states that were
// written from the manual (entry_cases.hpp) must tell the changed condition from the right one.
#include "proofs/smt/solver.hpp"
#include "spec/state/architecture.hpp"
#include "tests/unit/entry_cases.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <iostream>
#include <set>

namespace vmxspec::mutation_test {
namespace {

using namespace entry_cases;

struct Mutant {
    std::string change;  ///< in words
    NodeId condition;
};

/// The mutants of one condition.
class Mutator {
public:
    Mutator(Graph& graph, NodeId root) : graph_{graph}, root_{root}, cone_{graph.cone(std::array{root})} {}

    std::vector<Mutant> mutants() {
        add("the condition is negated", root_, graph_.make(Op::logical_not, 0, {root_}));
        for (const NodeId node : cone_) change(node);
        return std::move(list_);
    }

private:
    void change(NodeId id) {
        const Node node = graph_[id];
        const auto with = [&](Op op) { return graph_.make(op, node.width, node.operand, node.value); };
        switch (node.op) {
            case Op::logical_and:
            case Op::logical_or:
                add("one side is dropped", id, node.operand[0]);
                add("one side is dropped", id, node.operand[1]);
                add("and is or", id, with(node.op == Op::logical_and ? Op::logical_or : Op::logical_and));
                break;
            case Op::logical_not: add("a negation is dropped", id, node.operand[0]); break;
            case Op::extract: move_bits(id, node); break;
            case Op::constant: move_constant(id, node); break;
            case Op::below:
                add("< is <=", id,
                    graph_.make(Op::logical_not, 0, {graph_.make(Op::below, 0, {node.operand[1], node.operand[0]})}));
                break;
            case Op::select:
                add("the choice is dropped", id, node.operand[1]);
                add("the choice is dropped", id, node.operand[2]);
                break;
            case Op::bit_and: add("a mask is dropped", id, node.operand[0]); break;
            case Op::bit_or: add("a part of a mask is dropped", id, node.operand[0]); break;
            default: break;
        }
    }

    void move_bits(NodeId id, const Node& node) {
        const unsigned from = graph_[node.operand[0]].width;
        if (node.value + node.width < from)
            add("bits are moved up", id, graph_.make(Op::extract, node.width, node.operand, node.value + 1));
        if (node.value > 0)
            add("bits are moved down", id, graph_.make(Op::extract, node.width, node.operand, node.value - 1));
    }

    void move_constant(NodeId id, const Node& node) {
        if (node.width < 2) return;
        const auto constant = [&](std::uint64_t value) {
            return graph_.make(Op::constant, node.width, {}, value & low_bits(node.width));
        };
        add("a constant is shifted", id, constant(node.value << 1));
        add("a constant is shifted", id, constant(node.value >> 1));
        add("a constant is one more", id, constant(node.value + 1));
    }

    /// The condition with one node replaced.
    void add(const char* change, NodeId from, NodeId to) {
        std::map<NodeId, NodeId> copy{{from, to}};
        for (const NodeId id : cone_) {
            Node node = graph_[id];
            if (copy.contains(id)) continue;
            bool changed = false;
            for (unsigned k = 0; k < arity(node.op); ++k) {
                const auto found = copy.find(node.operand[k]);
                if (found == copy.end() || found->second == node.operand[k]) continue;
                node.operand[k] = found->second;
                changed = true;
            }
            if (changed) copy.emplace(id, graph_.make(node.op, node.width, node.operand, node.value));
        }
        const auto found = copy.find(root_);
        if (found == copy.end() || found->second == root_ || !seen_.insert(found->second).second) return;
        list_.push_back({change, found->second});
    }

    Graph& graph_;
    NodeId root_;
    std::vector<NodeId> cone_;
    std::set<NodeId> seen_;
    std::vector<Mutant> list_;
};

/// The states of each rule, with what the rule says of them.
class States {
public:
    States() {
        for (const Case& one : all_cases()) {
            const Setting given = Setting{}.with(one.given);
            for (const std::string& more : one.holds) of_[one.rule].emplace_back(Setting{given}.with(more), true);
            for (const std::string& more : one.fails) of_[one.rule].emplace_back(Setting{given}.with(more), false);
        }
        for (const Alike& one : not_activated()) alike_[one.rule].emplace_back(one.first, one.second);
        for (const auto& [name, state] : ordinary_guests()) guests_.push_back(Setting{}.with(state));
    }

    /// Some state of the rule, or a guest that enters, tells one of the mutants from the right condition; these are
    /// taken out.
    void kill(const std::string& rule, std::vector<Mutant>& mutants) const {
        const auto kill_by = [&](const Setting& state, bool expected) {
            const Evaluation evaluation = state.evaluate();
            std::erase_if(mutants, [&](const Mutant& one) { return evaluation.truth(one.condition) != expected; });
        };
        for (const Setting& guest : guests_) kill_by(guest, true);
        for (const auto& [state, holds] : of_.at(rule)) {
            if (mutants.empty()) return;
            kill_by(state, holds);
        }
        const auto found = alike_.find(rule);
        if (found == alike_.end()) return;
        for (const auto& [first, second] : found->second) {
            if (mutants.empty()) return;
            const Evaluation one = first.evaluate(), other = second.evaluate();
            std::erase_if(mutants, [&](const Mutant& mutant) {
                return one.truth(mutant.condition) != other.truth(mutant.condition);
            });
        }
    }

private:
    std::map<std::string, std::vector<std::pair<Setting, bool>>> of_;
    std::map<std::string, std::vector<std::pair<Setting, Setting>>> alike_;
    std::vector<Setting> guests_;
};

/// The mutant says of every state what the rule says: no test could notice.
bool equivalent(Spec& spec, const Rule& rule, const Mutant& mutant) {
    smt::Solver solver{spec.graph};
    solver.require(consistent_processor(spec.state));
    solver.require(consistent_mode(spec.state));
    solver.require(Bool{&spec.graph, mutant.condition} != rule.condition);
    return solver.check() == smt::Satisfiability::unsatisfiable;
}

TEST_CASE("changed conditions are noticed", "[mutation]") {
    // Pinned: more that go unnoticed are red. Mutants that are equivalent to the rule count as noticed.
    constexpr std::size_t known_survivors = 55;
    const States states;
    std::size_t rules = 0, mutants = 0, survivors = 0;
    for (const Rule& rule : spec().table) {
        std::vector<Mutant> alive = Mutator{spec().graph, rule.condition.id()}.mutants();
        const std::size_t made = alive.size();
        states.kill(rule.id, alive);
        std::erase_if(alive, [&](const Mutant& one) { return equivalent(spec(), rule, one); });
        for (const Mutant& one : alive) std::cout << rule.id << ": unnoticed when " << one.change << "\n";
        rules += 1;
        mutants += made;
        survivors += alive.size();
    }
    const double score = 1 - static_cast<double>(survivors) / static_cast<double>(mutants);
    std::cout << "mutation score: " << mutants - survivors << " of " << mutants << " mutants of " << rules
              << " rules are noticed: " << score << "\n";
    CHECK(rules == 337);
    CHECK(mutants >= 6405);
    CHECK(survivors <= known_survivors);
}

}  // namespace
}  // namespace vmxspec::mutation_test
