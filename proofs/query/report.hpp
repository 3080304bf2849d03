// A judgement in the manual's words, for a person.
#pragma once

#include "proofs/query/judgement.hpp"
#include "proofs/query/repair.hpp"

#include <string>

namespace vmxspec::query {

/// The condition of a rule as a sentence of the manual's names: `guest CR0.PG = 1 implies guest CR0.PE = 1`.
[[nodiscard]] std::string condition_text(const Specification& spec, Bool condition);

/// A leaf's value with the names of its set bits: `80010035H (PG, WP, NE, ET, EM, PE)`.
[[nodiscard]] std::string value_text(const Leaf& leaf, std::uint64_t value);

/// The verdict, each broken rule with its values and derivation, what could not be judged, and the repair if any;
/// `searched` says that a repair was looked for, `explain` lists what is taken for granted.
[[nodiscard]] std::string text_report(const Specification& spec, const KnownState& state, const Judgement& judgement,
                                      const std::vector<Repair>& repairs, bool searched, bool explain);
/// {"verdict", "outcomes", "violated", "undecided", ...}; schema in proofs/query/README.md.
[[nodiscard]] std::string json_report(const Specification& spec, const KnownState& state, const Judgement& judgement,
                                      const std::vector<Repair>& repairs);

}  // namespace vmxspec::query
