// Questions to the manual: "given these, does every VM entry that succeeds establish that?"
//
//     question    := comparison { "," comparison }
//     comparison  := operand ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) operand
//     operand     := number | name
//     name        := a leaf or its named bits: guest.cr0, guest.cr0.PG, entry.load_efer, processor.intel64,
//     before.efer.LME,
//                    and after.cr0, after.cr4, after.efer: the registers after the entry, MSR-load area included
#pragma once

#include "proofs/theorems/theorem.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vmxspec::query {

/// Entries of the VM-entry MSR-load area that a question considers; what it proves holds for at most so many.
inline constexpr unsigned most_msr_entries = 4;

/// All comparisons of the text hold. Throws InputError.
[[nodiscard]] Bool parse_question(Specification& spec, std::string_view text);

/// The question as a theorem over all VM entries that succeed; on one processor if `profile` names one.
[[nodiscard]] proofs::Theorem question(Specification& spec, const std::string& given, const std::string& then,
                                       const std::string& profile);

}  // namespace vmxspec::query
