// Another solver, as a program that reads SMT-LIB 2: a second opinion on what Z3 says.
#pragma once

#include "proofs/smt/smtlib.hpp"
#include "proofs/smt/solver.hpp"

namespace vmxspec::smt {

/// Conditions that are asked to hold together.
using Query = std::vector<Bool>;

class ExternalSolver {
public:
    /// A program on the PATH that takes cvc5's options. Throws std::runtime_error when there is none.
    explicit ExternalSolver(const std::string& program = "cvc5");

    /// What the program calls itself, with its version.
    [[nodiscard]] const std::string& version() const { return version_; }

    /// The answer to each query, in one run of the program; no answer within the limit is unknown. Throws
    /// std::runtime_error with the program's words when it does not take the script.
    [[nodiscard]] std::vector<Satisfiability> check(const Graph& graph, std::span<const Query> queries,
                                                    const SmtLib::LeafName& leaf_name, Limits limits) const;

private:
    std::string path_;
    std::string version_;
};

/// The queries as one incremental script.
[[nodiscard]] std::string smtlib_script(const Graph& graph, std::span<const Query> queries,
                                        const SmtLib::LeafName& leaf_name);

}  // namespace vmxspec::smt
