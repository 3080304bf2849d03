// What no dump shows and is taken for granted, each with its reason, so that a verdict can be given at all.
#pragma once

#include "proofs/state/known_state.hpp"

#include <string>
#include <vector>

namespace vmxspec::query {

/// Fills in, where nothing is known, how the logical processor stands when it executes VMLAUNCH or VMRESUME.
void assume_usual_entry(KnownState& state);

/// Sets leaves or bits that the user assumes, each "name=value" ("before.efer.lma=1"). Throws InputError.
void assume(KnownState& state, const std::vector<std::string>& wishes);

/// "leaf = value: reason", one line an assumption.
[[nodiscard]] std::vector<std::string> assumptions(const KnownState& state);

}  // namespace vmxspec::query
