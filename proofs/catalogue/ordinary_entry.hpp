// A VM entry that passes all checks and that the examples of the catalogue are changes of: a 64-bit host enters a
// 64-bit guest with EPT, on a processor that has everything the manual describes.
#pragma once

#include "proofs/state/known_state.hpp"
#include "spec/specification.hpp"

namespace vmxspec::catalogue {

/// The values of all leaves, by leaf number. Throws std::logic_error when they break a check: then the table behind
/// them needs a further row.
[[nodiscard]] std::vector<std::uint64_t> ordinary_entry(const Specification& spec);

/// The checks of a VM entry that these values break, those of 29.4 for one entry of the MSR-load area, and checks of VM
/// exits; by evaluation, without a solver.
[[nodiscard]] std::vector<const Rule*> broken(const Specification& spec, const std::vector<std::uint64_t>& values);

}  // namespace vmxspec::catalogue
