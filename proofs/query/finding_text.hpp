// The parts of a report in the manual's words, which its text and its SARIF share.
#pragma once

#include "proofs/query/judgement.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vmxspec::query {

/// `VM-entry MSR-load entry 1: IA32_EFER (C0000080H) = D01H (SCE, LME, LMA, NXE)`; entry k, from 0.
[[nodiscard]] std::string msr_entry_text(const Specification& spec, const KnownState& state, std::size_t k);

/// Leaves that a broken rule reads and whose values say something to a person, at most ten; with `all`, every one
/// that is known.
[[nodiscard]] std::vector<std::size_t> telling_leaves(const Specification& spec, const KnownState& state,
                                                      const Finding& finding, bool all = false);

/// `guest CR0 = 80010035H (PE, EM, ET, NE, WP, PG)`; the leaf is known.
[[nodiscard]] std::string leaf_text(const Specification& spec, const KnownState& state, std::size_t leaf);

/// How a value that no field holds came about, for the rules that compare with one; empty for others.
[[nodiscard]] std::string derivation(const KnownState& state, const Judgement& judgement, const Finding& finding);

/// What would decide an undecided rule, separated by commas.
[[nodiscard]] std::string missing_text(const Specification& spec, const KnownState& state, const Finding& finding);

/// The exit reason of a failed entry that the input tells, compared with what was derived.
struct Recorded {
    std::uint64_t exit_reason = 0;
    std::optional<std::uint64_t> qualification;
    bool as_derived = false;
};
/// Nothing where no entry failure is recorded, or none was derived.
[[nodiscard]] std::optional<Recorded> recorded(const KnownState& state, const Judgement& judgement);

}  // namespace vmxspec::query
