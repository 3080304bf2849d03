// Results of several machines side by side: what the page "spec against Bochs" shows.
#pragma once

#include "proofs/validation/unexercised.hpp"

namespace vmxspec::validation {

/// `machines` (model, version, counts), `rules` in the manual's order (id, and for each machine `how` and `why`), and
/// `divergences` with how often each machine shows them. `how` is agrees, diverges, open (a difference that nothing
/// explains), impossible (proven: the processor cannot express it), or untried.
[[nodiscard]] nlohmann::ordered_json table(const Specification& spec, const std::vector<Result>& results,
                                           const Unexercised& list);

}  // namespace vmxspec::validation
