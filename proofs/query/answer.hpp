// The answer to a question: proven, or a small counterexample, or neither and why.
#pragma once

#include "proofs/query/question.hpp"
#include "proofs/query/terminal.hpp"

#include <string>
#include <vector>

namespace vmxspec::query {

/// A value of a counterexample.
struct AnsweredValue {
    Leaf leaf;  ///< with the name that a question uses
    std::uint64_t value = 0;
    std::uint64_t undefined = 0;         ///< bits that the manual leaves undefined: they have this value by chance
    const load::LoadRow* row = nullptr;  ///< of a register after the transition
    bool asked = true;                   ///< the question reads it
};

struct Answer {
    proofs::Verdict verdict = proofs::Verdict::unknown;
    std::string reason;                 ///< of an unknown verdict: a sentence without its period
    std::vector<AnsweredValue> values;  ///< of a refutation: before the transition and VMCS, then registers after it
    /// Of a refutation: with other values of the undefined bits, what was claimed would be true in this example.
    bool by_undefined = false;
    bool holds_where_defined = false;  ///< and is proven where the manual defines the bits
    double seconds = 0;
};

[[nodiscard]] Answer answer(Specification& spec, const Question& question);

/// For a person; `all` shows every value that is not 0.
[[nodiscard]] std::string text_answer(const Question& question, const Answer& answer, bool all,
                                      const Terminal& terminal = {});
/// {"about", "verdict", "counterexample", ...}; schema in proofs/query/README.md.
[[nodiscard]] std::string json_answer(const Question& question, const Answer& answer);

}  // namespace vmxspec::query
