// Many theorems on all cores.
#pragma once

#include "proofs/theorems/theorem.hpp"

#include <functional>
#include <span>

namespace vmxspec::proofs {

/// Makes the theorems over a specification; every call makes the same list.
using Theorems = std::function<std::vector<Theorem>(Specification&)>;

/// Proves the theorems of these places in the list, in `jobs` threads, each with its own specification and solvers:
/// Z3's contexts and our graphs are not shared. `done` is called for each proof in the order of completion, one call at
/// a time. Places that follow each other go to one thread in runs, as theorems of one family share most assumptions.
void prove_all(const Theorems& theorems, std::span<const std::size_t> places, smt::Limits limits, unsigned jobs,
               const std::function<void(std::size_t place, Proof proof)>& done);

}  // namespace vmxspec::proofs
