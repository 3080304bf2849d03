#include "proofs/theorems/theorem.hpp"

#include <algorithm>
#include <array>
#include <bit>
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

namespace {

/// So many assumptions are asserted once for all theorems that share them, instead of anew for each.
constexpr std::size_t many = 100;

}  // namespace

Prover::Prover(Specification& spec, smt::Limits limits) : spec_{spec}, limits_{limits} {}
Prover::~Prover() = default;

Proof proof_of(const Theorem& theorem) {
    Proof proof;
    proof.name = theorem.name;
    proof.statement = theorem.statement;
    proof.expected = theorem.expected;
    proof.shown = theorem.shown.size();
    proof.consequence = theorem.consequence;
    return proof;
}

Proof Prover::prove(const Theorem& theorem) {
    Proof proof = proof_of(theorem);
    const auto start = std::chrono::steady_clock::now();
    const bool long_list = theorem.given.size() >= many;
    if (theorem.form == Form::possible) {
        long_list ? find_state_of_many(theorem, proof) : find_state(theorem, proof);
    } else if (long_list) {
        prove_from_many(theorem, proof);
    } else if (assumptions_hold(theorem.given, proof, [&] { return assuming(theorem.given).check(); }) &&
               !follows(theorem.given, theorem.claim, proof) && proof.trouble.empty()) {
        refute(theorem, proof);
    }
    proof.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return proof;
}

void Prover::find_state(const Theorem& theorem, Proof& proof) {
    smt::Solver& solver = assuming(theorem.given);
    solver.push();
    solver.require(theorem.claim);
    switch (solver.check()) {
        case Satisfiability::satisfiable: proof.verdict = Verdict::proven; break;
        case Satisfiability::unsatisfiable: proof.verdict = Verdict::refuted; break;
        case Satisfiability::unknown: proof.trouble = "the solver reached its time limit"; break;
    }
    solver.pop();
}

void Prover::refute(const Theorem& theorem, Proof& proof) {
    smt::Solver& solver = assuming(theorem.given);
    solver.push();
    solver.require(!theorem.claim);
    proof.verdict = Verdict::refuted;
    proof.counterexample = smallest(theorem, solver);
    solver.pop();
}

void Prover::find_state_of_many(const Theorem& theorem, Proof& proof) {
    if (!shared_) shared_ = std::make_unique<smt::Solver>(spec_.graph, limits_);
    std::vector<Bool> assumed = theorem.given;
    assumed.push_back(theorem.claim);
    switch (shared_->check(assumed)) {
        case Satisfiability::satisfiable: proof.verdict = Verdict::proven; break;
        case Satisfiability::unsatisfiable:
            proof.verdict = Verdict::refuted;
            for (const std::size_t n : shared_->contradiction()) proof.contradiction.push_back(assumed[n].id());
            break;
        case Satisfiability::unknown: proof.trouble = "the solver reached its time limit"; break;
    }
}

std::vector<Bool> Prover::relevant(const Theorem& theorem) const {
    const auto of_entry = [&](std::size_t leaf) {
        const Source source = spec_.state.leaves()[leaf].source;
        return source == Source::vmcs || source == Source::state;
    };
    std::set<std::size_t> spoken_of;
    for (const std::size_t leaf : spec_.graph.support(std::array{theorem.claim.id()}))
        if (of_entry(leaf)) spoken_of.insert(leaf);
    std::vector<Bool> chosen;
    for (const Bool condition : theorem.given) {
        const std::vector<std::size_t> leaves = spec_.graph.support(std::array{condition.id()});
        const bool of_processor = std::ranges::none_of(leaves, of_entry);
        if (of_processor || std::ranges::any_of(leaves, [&](std::size_t leaf) { return spoken_of.contains(leaf); }))
            chosen.push_back(condition);
    }
    return chosen;
}

/// First from the relevant assumptions alone: what follows from them follows from all.
void Prover::prove_from_many(const Theorem& theorem, Proof& proof) {
    if (!shared_) shared_ = std::make_unique<smt::Solver>(spec_.graph, limits_);
    if (!assumptions_hold(theorem.given, proof, [&] { return shared_->check(theorem.given); })) return;
    if (follows(relevant(theorem), theorem.claim, proof) || !proof.trouble.empty()) return;
    if (follows(theorem.given, theorem.claim, proof) || !proof.trouble.empty()) return;
    refute(theorem, proof);
}

bool Prover::follows(const std::vector<Bool>& given, Bool claim, Proof& proof) {
    smt::Solver& solver = assuming(given);
    solver.push();
    solver.require(!claim);
    const Satisfiability answer = solver.check();
    solver.pop();
    if (answer == Satisfiability::unsatisfiable) proof.verdict = Verdict::proven;
    if (answer == Satisfiability::unknown) proof.trouble = "the solver reached its time limit";
    return answer == Satisfiability::unsatisfiable;
}

smt::Solver& Prover::assuming(const std::vector<Bool>& given) {
    std::vector<NodeId> wanted;
    for (const Bool condition : given) wanted.push_back(condition.id());
    if (solver_ && wanted == assumed_) return *solver_;
    if (!solver_) {
        solver_ = std::make_unique<smt::Solver>(spec_.graph, limits_);
    } else {
        solver_->pop();
    }
    solver_->push();
    for (const Bool condition : given) solver_->require(condition);
    assumed_ = std::move(wanted);
    return *solver_;
}

bool Prover::assumptions_hold(const std::vector<Bool>& given, Proof& proof,
                              const std::function<Satisfiability()>& ask) {
    std::vector<NodeId> key;
    for (const Bool condition : given) key.push_back(condition.id());
    const auto [place, is_new] = satisfiable_.try_emplace(key, Satisfiability::satisfiable);
    if (is_new && !given.empty()) place->second = ask();
    if (place->second == Satisfiability::unsatisfiable) proof.trouble = "the assumptions contradict each other";
    if (place->second == Satisfiability::unknown)
        proof.trouble = "the solver reached its time limit on the assumptions";
    return place->second == Satisfiability::satisfiable;
}

namespace {

/// Makes the model of a satisfiable query small, leaf by leaf and then bit by bit: what can be 0 is fixed to 0.
class Shrinker {
public:
    Shrinker(Graph& graph, smt::Solver& solver) : graph_{graph}, solver_{solver} {}

    void shrink(std::size_t leaf) {
        const NodeId node = graph_.leaf(leaf);
        if (solver_.value(node) == 0 || can_clear(node, ~std::uint64_t{0})) {
            solver_.require(cleared(node, ~std::uint64_t{0}));
            return;
        }
        if (can_be_one(node)) return;
        // Bits that are 0 in the model stay so; the others are tried, many at a time.
        const std::uint64_t set = solver_.value(node);
        solver_.require(cleared(node, ~set));
        clear_most(node, set);
    }

private:
    [[nodiscard]] Bool cleared(NodeId node, std::uint64_t mask) const {
        const unsigned width = graph_[node].width;
        if (width == 0) return (mask & 1) != 0 ? !Bool{&graph_, node} : constant(graph_, true);
        const NodeId masked =
            graph_.make(Op::bit_and, width, {node, graph_.make(Op::constant, width, {}, mask & low_bits(width))});
        return {&graph_, graph_.make(Op::equal, 0, {masked, graph_.make(Op::constant, width, {}, 0)})};
    }

    /// Clears of these bits what can be cleared.
    void clear_most(NodeId node, std::uint64_t bits) {
        const std::uint64_t set = bits & solver_.value(node);
        const bool clear = set == 0 || can_clear(node, bits);
        solver_.require(cleared(node, clear ? bits : bits & ~set));
        bits = set;
        if (clear || (bits & (bits - 1)) == 0) return;
        std::uint64_t lower = 0;
        for (int n = std::popcount(bits) / 2; n > 0; --n) lower |= (bits & ~lower) & ~((bits & ~lower) - 1);
        clear_most(node, bits & ~lower);
        clear_most(node, lower);
    }

    /// Of numbers that are not 0, 1 is the plainest: of four entries in an area, say, none but the first is needed.
    bool can_be_one(NodeId node) {
        const unsigned width = graph_[node].width;
        if (width == 0) return false;
        const NodeId one = graph_.make(Op::constant, width, {}, 1);
        const Bool is_one{&graph_, graph_.make(Op::equal, 0, {node, one})};
        solver_.push();
        solver_.require(is_one);
        const bool possible = solver_.check() == Satisfiability::satisfiable;
        solver_.pop();
        if (possible) solver_.require(is_one);
        return possible;
    }

    /// Leaves the model of this check, or the one before it when it fails.
    bool can_clear(NodeId node, std::uint64_t mask) {
        solver_.push();
        solver_.require(cleared(node, mask));
        const bool possible = solver_.check() == Satisfiability::satisfiable;
        solver_.pop();
        return possible;
    }

    Graph& graph_;
    smt::Solver& solver_;
};

}  // namespace

std::vector<LeafValue> Prover::smallest(const Theorem& theorem, smt::Solver& solver) {
    std::vector<NodeId> roots{theorem.claim.id()};
    for (const Bool condition : theorem.given) roots.push_back(condition.id());
    std::vector<std::size_t> leaves = theorem.shown;
    for (const std::size_t leaf : spec_.graph.support(roots))
        if (std::ranges::find(leaves, leaf) == leaves.end()) leaves.push_back(leaf);

    // What a theorem shows is made small, last what it shows first; the rest of the state only if it shows nothing.
    Shrinker shrinker{spec_.graph, solver};
    const std::vector<std::size_t>& small = theorem.shown.empty() ? leaves : theorem.shown;
    for (auto leaf = small.rbegin(); leaf != small.rend(); ++leaf) shrinker.shrink(*leaf);
    std::vector<LeafValue> values;
    for (const std::size_t leaf : leaves) {
        const std::uint64_t value = solver.value(spec_.graph.leaf(leaf));
        const bool is_shown = std::ranges::find(theorem.shown, leaf) != theorem.shown.end();
        if (value != 0 || is_shown) values.push_back({leaf, value});
    }
    return values;
}

}  // namespace vmxspec::proofs
