#include "proofs/theorems/implied.hpp"

#include <array>

namespace vmxspec::proofs {

namespace {

constexpr std::array<Implied, 0> table{{}};

}  // namespace

std::span<const Implied> implied_rules() { return table; }

}  // namespace vmxspec::proofs
