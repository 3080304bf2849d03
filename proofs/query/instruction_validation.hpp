// What `vmxspec validate` says of the VMX instructions of a trace.
#pragma once

#include "proofs/query/instruction_divergence.hpp"

namespace vmxspec::query {

struct InstructionVerdict {
    bool wrong = false;  ///< an unknown difference, a divergence that is not seen, a transition without trial or reason
    bool undecided = false;  ///< a trial that cannot be judged
};

/// Compares each trial, and prints: each of them if `each`, otherwise what differs or cannot be judged; divergences;
/// which transitions were taken. `known` is null where no file of divergences was given: then coverage is told and
/// demands nothing.
[[nodiscard]] InstructionVerdict validate_instructions(Specification& spec, const Trace& trace,
                                                       InstructionKnowledge* known, bool each);

}  // namespace vmxspec::query
