#include "proofs/vectors/unbreakable.hpp"

#include "proofs/catalogue/example.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace vmxspec::vectors {

using smt::Satisfiability;

namespace {

/// What the probe sets up, and not the processor it runs on.
bool is_of_probe(const Leaf& leaf) {
    return std::ranges::any_of(std::array{"before.", "memory.", "machine."},
                               [&](const char* area) { return leaf.name.starts_with(area); });
}

}  // namespace

Unbreakable::Unbreakable(Specification& spec, const KnownState& base, const std::function<bool(std::size_t)>& fixed)
    : spec_{spec}, base_{base}, solver_{spec.graph, {.propositional = true}} {
    std::vector<NodeId> read;
    for (const RuleTable* table : spec.entry_tables())
        for (const Rule& rule : *table) read.push_back(rule.condition.id());
    for (const Bool one : catalogue::consistency(spec)) {
        read.push_back(one.id());
        solver_.require(one);
    }
    const std::size_t follows = spec.state.leaf("msr_entry.efer_before");  // from the others
    for (const std::size_t leaf : spec.graph.support(read))
        if (leaf != follows && fixed(leaf)) fixed_.push_back(leaf);
}

Bool Unbreakable::condition(const Ground& ground) const {
    if (ground.rule != nullptr) return ground.rule->condition;
    Graph& g = spec_.graph;
    const NodeId leaf = spec_.state.node(ground.leaf);
    const unsigned width = g[leaf].width;
    if (width == 0) return value(ground.leaf) != 0 ? Bool{&g, leaf} : !Bool{&g, leaf};
    return {&g, g.make(Op::equal, 0, {leaf, g.make(Op::constant, width, {}, value(ground.leaf))})};
}

std::uint64_t Unbreakable::value(std::size_t leaf) const {
    return base_.values()[leaf].value & base_.values()[leaf].known;
}

bool Unbreakable::is_known(std::size_t leaf) const {
    const Leaf& one = spec_.state.leaves()[leaf];
    return one.source == Source::vmcs || base_.values()[leaf].complete(std::max(one.width, 1U));
}

std::string Unbreakable::words(std::size_t leaf) const {
    const Leaf& one = spec_.state.leaves()[leaf];
    if (one.source == Source::vmcs) return fmt::format("the VMCS has no {}", one.manual_name);
    return fmt::format("{} = {}{}", one.name, hex(value(leaf)), is_known(leaf) ? "" : " (not told)");
}

/// The grounds without which the rule could be broken: of the solver's contradiction, none for nothing.
std::vector<Unbreakable::Ground> Unbreakable::smallest(const Rule& rule, const std::vector<Ground>& grounds) {
    const auto check = [&](const std::vector<Ground>& list) {
        std::vector<Bool> assumed{!rule.condition};
        for (const Ground& one : list) assumed.push_back(condition(one));
        const Satisfiability answer = solver_.check(assumed);
        if (answer == Satisfiability::unknown) throw std::runtime_error("no answer is found for " + rule.id);
        return answer;
    };
    if (check(grounds) == Satisfiability::satisfiable) throw std::logic_error(rule.id + " can be broken alone");
    std::vector<Ground> core;
    for (const std::size_t place : solver_.contradiction())
        if (place != 0) core.push_back(grounds[place - 1]);
    for (std::size_t k = core.size(); k-- > 0;) {
        std::vector<Ground> fewer = core;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(k));
        if (check(fewer) == Satisfiability::unsatisfiable) core = fewer;
    }
    return core;
}

LeftOut Unbreakable::operator()(const Rule& rule) {
    // Without the other rules first: what no VM entry breaks at all is said to be that.
    std::vector<Ground> grounds;
    for (const std::size_t leaf : fixed_) grounds.push_back({nullptr, leaf});
    std::vector<Bool> assumed{!rule.condition};
    for (const Ground& one : grounds) assumed.push_back(condition(one));
    const bool never = solver_.check(assumed) == Satisfiability::unsatisfiable;
    if (!never)
        for (const Rule* other : catalogue::other_checks(spec_, rule)) grounds.push_back({other, 0});
    LeftOut result{rule.id, false, never ? LeftOut::Kind::never : LeftOut::Kind::with_others, false, {}, {}};
    std::vector<std::string> values;
    for (const Ground& one : smallest(rule, grounds)) {
        if (one.rule != nullptr) {
            result.with.push_back(one.rule->id);
        } else {
            values.push_back(words(one.leaf));
            result.by_probe = result.by_probe || is_of_probe(spec_.state.leaves()[one.leaf]) || !is_known(one.leaf);
        }
    }
    result.reason =
        never ? "there is no such VM entry" : fmt::format("only together with {}", fmt::join(result.with, ", "));
    if (!values.empty()) result.reason += fmt::format(", for {}", fmt::join(values, ", "));
    return result;
}

LeftOut Unbreakable::keeping(const Rule& rule, const Rule& kept) {
    LeftOut result = (*this)(kept);
    result.rule = rule.id;
    result.keeping = true;
    return result;
}

}  // namespace vmxspec::vectors
