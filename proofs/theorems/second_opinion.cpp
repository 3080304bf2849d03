#include "proofs/theorems/second_opinion.hpp"

#include <chrono>
#include <map>

namespace vmxspec::proofs {

using smt::Satisfiability;

namespace {

Verdict verdict(Form form, Satisfiability answer) {
    if (answer == Satisfiability::unknown) return Verdict::unknown;
    const bool wanted = (answer == Satisfiability::satisfiable) == (form == Form::possible);
    return wanted ? Verdict::proven : Verdict::refuted;
}

}  // namespace

std::vector<Proof> second_opinion(Specification& spec, std::span<const Theorem> theorems,
                                  const smt::ExternalSolver& solver, smt::Limits limits) {
    // Each theorem's question, and once for each list of assumptions whether it can hold at all.
    std::vector<smt::Query> queries;
    std::map<std::vector<NodeId>, std::size_t> place_of;
    for (const Theorem& theorem : theorems) {
        queries.push_back(theorem.given);
        queries.back().push_back(theorem.form == Form::possible ? theorem.claim : !theorem.claim);
    }
    const auto key = [](const Theorem& theorem) {
        std::vector<NodeId> ids;
        for (const Bool condition : theorem.given) ids.push_back(condition.id());
        return ids;
    };
    for (const Theorem& theorem : theorems) {
        if (theorem.form == Form::possible || theorem.given.empty()) continue;
        if (place_of.try_emplace(key(theorem), queries.size()).second) queries.push_back(theorem.given);
    }

    const auto start = std::chrono::steady_clock::now();
    const auto name = [&](std::size_t leaf) { return spec.state.leaves()[leaf].name; };
    const std::vector<Satisfiability> answers = solver.check(spec.graph, queries, name, limits);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

    std::vector<Proof> proofs;
    for (std::size_t n = 0; n < theorems.size(); ++n) {
        Proof proof = proof_of(theorems[n]);
        proof.seconds = seconds.count() / static_cast<double>(theorems.size());
        proof.verdict = verdict(theorems[n].form, answers[n]);
        if (proof.verdict == Verdict::unknown) proof.trouble = "the solver reached its time limit";
        const auto given = place_of.find(key(theorems[n]));
        if (theorems[n].form == Form::always && given != place_of.end() &&
            answers[given->second] != Satisfiability::satisfiable) {
            proof.verdict = Verdict::unknown;
            proof.trouble = "the assumptions contradict each other, or the solver reached its time limit on them";
        }
        proofs.push_back(std::move(proof));
    }
    return proofs;
}

}  // namespace vmxspec::proofs
