// Z3 behind our own words. This folder is the only one that includes Z3's headers.
//
// Queries are made of nodes of an expression graph; every query has a seed and a time limit, and a query that runs
// into its limit is unknown, never an answer.
#pragma once

#include "spec/lang/bits.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace vmxspec::smt {

enum class Satisfiability : std::uint8_t { satisfiable, unsatisfiable, unknown };

/// Name and version of the solver.
[[nodiscard]] std::string solver_version();

struct Limits {
    unsigned milliseconds = 20'000;  ///< for each check
    unsigned seed = 7;
    /// Translate to propositional logic at once and stay there: many checks that differ in what they assume become
    /// cheap, one hard check does not.
    bool propositional = false;
};

/// An incremental solver over one graph. The graph may grow while the solver lives.
class Solver {
public:
    explicit Solver(const Graph& graph, Limits limits = {});
    ~Solver();
    Solver(const Solver&) = delete;
    Solver& operator=(const Solver&) = delete;

    void require(Bool condition);
    void push();
    void pop();
    [[nodiscard]] Satisfiability check();

    /// Whether these conditions can hold together with what is required. Each is asserted once, behind a literal that
    /// the query assumes, so that queries which share most conditions cost little. Not between push and pop.
    [[nodiscard]] Satisfiability check(std::span<const Bool> assumed);
    /// After an unsatisfiable check of assumptions: those, by their place in the list, that contradict each other.
    [[nodiscard]] std::vector<std::size_t> contradiction();

    /// Value of a node in the model of the last satisfiable check; leaves that the query does not read are 0.
    [[nodiscard]] std::uint64_t value(NodeId node);

private:
    struct Implementation;
    std::unique_ptr<Implementation> self_;
};

/// The assignment that keeps wishes of the greatest weight. Weights, not groups in lexicographic order: there Z3 4.8
/// commits to the wishes that it kept in the first group, not to their number, and misses better ones in the second.
class Optimizer {
public:
    explicit Optimizer(const Graph& graph, Limits limits = {});
    ~Optimizer();
    Optimizer(const Optimizer&) = delete;
    Optimizer& operator=(const Optimizer&) = delete;

    void require(Bool condition);
    void wish(Bool condition, unsigned weight);
    [[nodiscard]] Satisfiability check();
    [[nodiscard]] std::uint64_t value(NodeId node);

private:
    struct Implementation;
    std::unique_ptr<Implementation> self_;
};

}  // namespace vmxspec::smt
