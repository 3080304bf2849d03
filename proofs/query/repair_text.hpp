// A repair in words.
#pragma once

#include "proofs/query/judgement.hpp"
#include "proofs/query/repair.hpp"

#include <string>
#include <vector>

namespace vmxspec::query {

/// One change of a repair: what changes, from what, to what with the bits that change.
struct ChangeText {
    std::string what, from, to;
};
[[nodiscard]] ChangeText change_text(const Specification& spec, const KnownState& state, const Change& change);

/// `PE = 1: guest.cr0.fixed`, the rules that tie a change to the others, one line a reason; none where that is no more
/// than "the broken rule wants it". Then what the repair brings into play.
[[nodiscard]] std::vector<std::string> reason_lines(const Specification& spec, const Judgement& judgement,
                                                    const Repair& repair);

}  // namespace vmxspec::query
