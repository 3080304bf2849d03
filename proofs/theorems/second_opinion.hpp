// Theorems asked of another solver than Z3, through SMT-LIB 2.
#pragma once

#include "proofs/smt/external_solver.hpp"
#include "proofs/theorems/theorem.hpp"

namespace vmxspec::proofs {

/// A proof of each theorem, without counterexamples. The program is asked in one run; `seconds` is the run's time
/// divided by the number of theorems.
[[nodiscard]] std::vector<Proof> second_opinion(Specification& spec, std::span<const Theorem> theorems,
                                                const smt::ExternalSolver& solver, smt::Limits limits);

}  // namespace vmxspec::proofs
