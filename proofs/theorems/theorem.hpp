// A theorem is a claim about all states (or that some state exists) under stated assumptions.
#pragma once

#include "proofs/smt/solver.hpp"
#include "spec/specification.hpp"

#include <functional>
#include <string>
#include <vector>

namespace vmxspec::proofs {

enum class Verdict : std::uint8_t { proven, refuted, unknown };
[[nodiscard]] const char* to_text(Verdict verdict);

enum class Form : std::uint8_t {
    always,    ///< the claim holds in every state that satisfies the assumptions
    possible,  ///< some state satisfies the assumptions and the claim
};

struct Theorem {
    std::string name;
    std::string statement;  ///< in the manual's words
    Form form = Form::always;
    std::vector<Bool> given;
    Bool claim;
    Verdict expected = Verdict::proven;
    std::vector<std::size_t> shown;  ///< leaves that a counterexample tells first
    std::string consequence{};       ///< what a counterexample means, for a claim that is expected to be refuted
};

/// Value of one leaf in a counterexample.
struct LeafValue {
    std::size_t leaf;
    std::uint64_t value;
};

struct Proof {
    std::string name;
    std::string statement;
    Verdict verdict = Verdict::unknown;
    Verdict expected = Verdict::proven;
    double seconds = 0;
    std::string trouble;                    ///< why the verdict is unknown; empty otherwise
    std::vector<LeafValue> counterexample;  ///< of a refuted claim about all states: shown leaves, then others not 0
    std::size_t shown = 0;                  ///< how many of these the theorem shows first
    std::string consequence;
    std::vector<NodeId> contradiction{};  ///< of a refuted possibility with many assumptions: those that exclude it

    bool cached = false;  ///< an earlier run found it

    [[nodiscard]] bool as_expected() const { return verdict == expected; }
};

/// What is said of the theorem before it is proven: verdict unknown.
[[nodiscard]] Proof proof_of(const Theorem& theorem);

/// Proves theorems over one specification. A claim about all states whose assumptions contradict each other is
/// unknown, not proven.
class Prover {
public:
    explicit Prover(Specification& spec, smt::Limits limits = {});
    ~Prover();
    [[nodiscard]] Proof prove(const Theorem& theorem);

private:
    /// The solver with these assumptions and nothing else; those of the theorem before are kept if they are the same.
    [[nodiscard]] smt::Solver& assuming(const std::vector<Bool>& given);
    void find_state(const Theorem& theorem, Proof& proof);
    void find_state_of_many(const Theorem& theorem, Proof& proof);
    void prove_from_many(const Theorem& theorem, Proof& proof);
    /// Those assumptions that speak of what the claim speaks of, and those about the processor only.
    [[nodiscard]] std::vector<Bool> relevant(const Theorem& theorem) const;
    /// The claim is proven from these assumptions; a solver that gives up is noted as trouble.
    [[nodiscard]] bool follows(const std::vector<Bool>& given, Bool claim, Proof& proof);
    void refute(const Theorem& theorem, Proof& proof);
    /// The assumptions can hold together, as `ask` says the first time; if not, why is noted as trouble.
    [[nodiscard]] bool assumptions_hold(const std::vector<Bool>& given, Proof& proof,
                                        const std::function<smt::Satisfiability()>& ask);
    [[nodiscard]] std::vector<LeafValue> smallest(const Theorem& theorem, smt::Solver& solver);

    Specification& spec_;
    smt::Limits limits_;
    std::unique_ptr<smt::Solver> solver_;
    std::vector<NodeId> assumed_;          ///< what solver_ holds
    std::unique_ptr<smt::Solver> shared_;  ///< of theorems that share a long list of assumptions
    std::map<std::vector<NodeId>, smt::Satisfiability> satisfiable_;  ///< assumptions asked before
};

// The families, in the order in which they build on each other.
[[nodiscard]] std::vector<Theorem> rule_theorems(Specification& spec);
[[nodiscard]] std::vector<Theorem> profile_theorems(Specification& spec);
[[nodiscard]] std::vector<Theorem> entry_theorems(Specification& spec);
[[nodiscard]] std::vector<Theorem> msr_load_theorems(Specification& spec);
[[nodiscard]] std::vector<Theorem> nested_theorems(Specification& spec);
[[nodiscard]] std::vector<Theorem> generated_theorems(Specification& spec);
[[nodiscard]] std::vector<Theorem> machine_theorems(Specification& spec);
[[nodiscard]] std::vector<Theorem> generated_machine_theorems(Specification& spec);
// Parts of machine_theorems().
[[nodiscard]] std::vector<Theorem> machine_history_theorems(Specification& spec);
[[nodiscard]] std::vector<Theorem> machine_diagram_theorems(Specification& spec);
[[nodiscard]] std::vector<Theorem> machine_success_theorems(Specification& spec);
[[nodiscard]] std::vector<Theorem> soundness_theorems(Specification& spec);
[[nodiscard]] std::vector<Theorem> failure_theorems(Specification& spec);
[[nodiscard]] std::vector<Theorem> stage_theorems(Specification& spec);
[[nodiscard]] std::vector<Theorem> independence_theorems(Specification& spec);
[[nodiscard]] std::vector<Theorem> generated_load_theorems(Specification& spec);
[[nodiscard]] std::vector<Theorem> generated_c_theorems(Specification& spec);
/// All of them.
[[nodiscard]] std::vector<Theorem> all_theorems(Specification& spec);

}  // namespace vmxspec::proofs
