// Processor states for theorems: before a transition every register is unconstrained; after it a register has the bits
// that its row defines, the bits before where the row keeps them, and anything where the manual leaves it undefined.
#pragma once

#include "spec/load/invariants.hpp"
#include "spec/specification.hpp"

namespace vmxspec::proofs {

/// The registers of the table before the transition: the leaves of `area` (`before` or `exiting`) where it has them,
/// fresh leaves `<area>.<register>` where it has not.
[[nodiscard]] load::Values values_before(State& s, const load::LoadTable& table, const std::string& area);

/// The registers after the transition. Undefined bits are those of fresh leaves `<tag>.<register>`.
[[nodiscard]] load::Values values_after(State& s, const load::LoadTable& table, const load::Values& before,
                                        const std::string& tag);

}  // namespace vmxspec::proofs
