// Questions to the manual: "given this, does every VM entry that succeeds establish that?" Of VM exits and of failed VM
// entries too. question_syntax.hpp has the grammar, question_names.hpp what can be named.
#pragma once

#include "proofs/query/question_names.hpp"
#include "proofs/theorems/theorem.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmxspec::query {

/// The condition that a text of the little language states. Throws InputError; `where` names the text in messages.
[[nodiscard]] Bool parse_question(Specification& spec, Vocabulary& names, std::string_view text,
                                  const std::string& where);

struct Question {
    std::string given, then, processor;  ///< as they were asked; any of `given` and `processor` may be empty
    Transition about = Transition::entry;
    proofs::Theorem theorem;
    std::vector<NamedRegister> registers;  ///< registers after transitions that the question names
    std::vector<Bool> defined;             ///< of each of them: the bits that are asked for are defined
};

/// The question as a theorem over all transitions that it is about: failed VM entries where it names one, VM exits
/// where it names one, VM entries that succeed otherwise; on one processor if `processor` names a profile. Throws
/// InputError.
[[nodiscard]] Question question(Specification& spec, const std::string& given, const std::string& then,
                                const std::string& processor);

}  // namespace vmxspec::query
