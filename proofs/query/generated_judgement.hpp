// The second opinion on a state: the checks generated from the specification, as a hypervisor compiles them.
#pragma once

#include "proofs/query/judgement.hpp"

#include <string>
#include <vector>

namespace vmxspec::query {

/// Ids of the rules that the generated code finds broken: all of SDM 29.1 to 29.3, and if there are none, the one by
/// which the MSR-load area fails. Unknown bits are `unknown_bits` everywhere; entries of the area that are not wholly
/// known, and those after them, are left out.
[[nodiscard]] std::vector<std::string> generated_violations(const KnownState& state, bool unknown_bits);

/// Whether the generated code confirms that no rule is broken, but for those that the judgement leaves undecided.
[[nodiscard]] bool generated_code_confirms(const KnownState& state, const Judgement& judgement);

}  // namespace vmxspec::query
