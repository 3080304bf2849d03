// Whether a VMX instruction that a machine executed did what the transition says that the specification takes.
#pragma once

#include "proofs/query/instruction_trial.hpp"
#include "proofs/query/trace.hpp"

#include <set>

namespace vmxspec::query {

struct InstructionComparison {
    Agreement agreement = Agreement::undecided;
    const machine::Transition* taken = nullptr;  ///< null where the state does not tell which
    std::string seen;                            ///< how it ended, and what was left otherwise than the manual says
    std::string difference;                      ///< what the manual says, or what is not known; empty if they agree
};

/// Takes the first row whose guard holds of the state, evaluated three-valued, and compares its ending and its effects,
/// as far as the trace tells of them, with what was seen. Nothing is assumed of what the trace does not tell.
/// `evaluation` is of the trial's state.
[[nodiscard]] InstructionComparison compare(const Specification& spec, const InstructionTrial& trial,
                                            const Evaluation& evaluation);

/// How the instruction ended, in the manual's words: "VMfailValid 7", "#GP(0)", "exit reason 19".
[[nodiscard]] std::string to_text(const InstructionTrial& trial);

}  // namespace vmxspec::query
