// What a newcomer asks of a report: what happened, what is checked, where values are from, what to do now.
#pragma once

#include "proofs/query/judgement.hpp"
#include "proofs/query/repair.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmxspec::query {

/// What the processor does when a VM entry fails so, and where the hypervisor finds the number; one sentence or two.
[[nodiscard]] std::string_view about_failure(Channel channel);

/// What the checks of a section of the manual are for, to follow "checks": all sections of
/// `Specification::entry_tables`. Empty for others.
[[nodiscard]] std::string_view about_section(std::string_view section);

/// What the verdict means, a sentence or two each.
[[nodiscard]] std::vector<std::string> about_verdict(const Judgement& judgement);

/// Where a value comes from: "dump", "profile", "assumed" or "absent".
[[nodiscard]] std::string_view origin(Standing standing);

/// What to do next, a sentence or two each.
[[nodiscard]] std::vector<std::string> next_steps(const Judgement& judgement, bool repairable);

}  // namespace vmxspec::query
