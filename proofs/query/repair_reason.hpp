// Why a repair changes what it changes: a chain of rules.
#pragma once

#include "proofs/query/repair.hpp"

namespace vmxspec::query {

/// Fills in the reasons of each change: named bits are put back one after the other, and the rules that this breaks are
/// told; bits with the same rules are told together, those of rules that were broken from the start first.
void explain(const Specification& spec, const KnownState& state, const Judgement& judgement, Repair& repair);

}  // namespace vmxspec::query
