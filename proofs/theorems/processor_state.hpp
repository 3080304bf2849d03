// Processor states for theorems: before a transition every register is unconstrained; after it a register has the bits
// that its row defines, the bits before where the row keeps them, and anything where the manual leaves it undefined.
#pragma once

#include "spec/load/invariants.hpp"
#include "spec/specification.hpp"

#include <algorithm>
#include <array>

namespace vmxspec::proofs {

/// Invariants that a transition to the host does not demand: 30.5.2 leaves the base of an unusable register undefined
/// and, unlike 29.3.2.2, does not clear bits 63:32.
inline constexpr std::array<std::string_view, 3> not_demanded_of_host{"ss.base", "ds.base", "es.base"};

/// The registers of the table before the transition: the leaves of `area` (`before` or `exiting`) where it has them,
/// fresh leaves `<area>.<register>` where it has not.
[[nodiscard]] load::Values values_before(State& s, const load::LoadTable& table, const std::string& area);

/// The registers after the transition. Undefined bits are those of fresh leaves `<tag>.<register>`.
[[nodiscard]] load::Values values_after(State& s, const load::LoadTable& table, const load::Values& before,
                                        const std::string& tag);

}  // namespace vmxspec::proofs
