#include "proofs/theorems/theorem.hpp"

#include <algorithm>
#include <chrono>
#include <set>

namespace vmxspec::proofs {

using smt::Satisfiability;

const char* to_text(Verdict verdict) {
    switch (verdict) {
        case Verdict::proven: return "proven";
        case Verdict::refuted: return "refuted";
        case Verdict::unknown: return "unknown";
    }
    return "unknown";
}

Prover::Prover(Specification& spec, smt::Limits limits) : spec_{spec}, limits_{limits} {}
Prover::~Prover() = default;

Proof Prover::prove(const Theorem& theorem) {
    Proof proof{theorem.name, theorem.statement, Verdict::unknown, theorem.expected, 0, {}, {}};
    const auto start = std::chrono::steady_clock::now();
    if (!solver_) solver_ = std::make_unique<smt::Solver>(spec_.graph, limits_);
    smt::Solver& solver = *solver_;
    solver.push();
    for (const Bool condition : theorem.given) solver.require(condition);
    if (theorem.form == Form::possible) {
        solver.require(theorem.claim);
        switch (solver.check()) {
            case Satisfiability::satisfiable: proof.verdict = Verdict::proven; break;
            case Satisfiability::unsatisfiable: proof.verdict = Verdict::refuted; break;
            case Satisfiability::unknown: proof.trouble = "the solver reached its time limit"; break;
        }
    } else if (assumptions_hold(theorem, solver, proof)) {
        solver.require(!theorem.claim);
        switch (solver.check()) {
            case Satisfiability::unsatisfiable: proof.verdict = Verdict::proven; break;
            case Satisfiability::satisfiable:
                proof.verdict = Verdict::refuted;
                proof.counterexample = smallest(theorem, solver);
                break;
            case Satisfiability::unknown: proof.trouble = "the solver reached its time limit"; break;
        }
    }
    solver.pop();
    proof.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return proof;
}

bool Prover::assumptions_hold(const Theorem& theorem, smt::Solver& solver, Proof& proof) {
    std::vector<NodeId> key;
    for (const Bool condition : theorem.given) key.push_back(condition.id());
    const auto [place, is_new] = satisfiable_.try_emplace(key, true);
    if (is_new && !theorem.given.empty()) {
        const Satisfiability answer = solver.check();
        place->second = answer == Satisfiability::satisfiable;
        if (answer == Satisfiability::unknown) proof.trouble = "the solver reached its time limit on the assumptions";
    }
    if (!place->second && proof.trouble.empty()) proof.trouble = "the assumptions contradict each other";
    return place->second;
}

std::vector<LeafValue> Prover::smallest(const Theorem& theorem, smt::Solver& solver) {
    std::vector<NodeId> roots{theorem.claim.id()};
    for (const Bool condition : theorem.given) roots.push_back(condition.id());
    std::vector<std::size_t> leaves = theorem.shown;
    for (const std::size_t leaf : spec_.graph.support(roots))
        if (std::ranges::find(leaves, leaf) == leaves.end()) leaves.push_back(leaf);

    // Greedy: the leaves that are not shown become 0 where that is possible, then as many bits as possible of the rest.
    const auto fix = [&](Bool condition) {
        solver.push();
        solver.require(condition);
        const bool possible = solver.check() == Satisfiability::satisfiable;
        solver.pop();
        if (possible) solver.require(condition);
        return possible;
    };
    const auto zero = [&](std::size_t leaf, std::uint64_t mask) {
        const NodeId node = spec_.graph.leaf(leaf);
        const unsigned width = spec_.graph[node].width;
        if (width == 0) return !Bool{&spec_.graph, node};
        const NodeId constant_mask = spec_.graph.make(Op::constant, width, {}, mask & low_bits(width));
        const NodeId masked = spec_.graph.make(Op::bit_and, width, {node, constant_mask});
        return Bool{&spec_.graph, spec_.graph.make(Op::equal, 0, {masked, spec_.graph.make(Op::constant, width, {}, 0)})};
    };
    for (auto leaf = leaves.rbegin(); leaf != leaves.rend(); ++leaf) {
        if (fix(zero(*leaf, ~std::uint64_t{0}))) continue;
        const unsigned width = std::max<unsigned>(1, spec_.graph[spec_.graph.leaf(*leaf)].width);
        for (unsigned chunk = 0; chunk < width; chunk += 4) {
            const std::uint64_t nibble = std::uint64_t{0xf} << chunk;
            if (fix(zero(*leaf, nibble))) continue;
            for (unsigned bit = chunk; bit < std::min(width, chunk + 4); ++bit) (void)fix(zero(*leaf, std::uint64_t{1} << bit));
        }
    }
    std::vector<LeafValue> values;
    if (solver.check() != Satisfiability::satisfiable) return values;
    for (const std::size_t leaf : leaves) {
        const std::uint64_t value = solver.value(spec_.graph.leaf(leaf));
        const bool is_shown = std::ranges::find(theorem.shown, leaf) != theorem.shown.end();
        if (value != 0 || is_shown) values.push_back({leaf, value});
    }
    return values;
}

}  // namespace vmxspec::proofs
