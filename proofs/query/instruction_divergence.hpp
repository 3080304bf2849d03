// Where a machine is known to execute VMX instructions otherwise than the manual says, and which transitions cannot be
// brought about: data, in the file of the other divergences.
#pragma once

#include "proofs/query/instruction_judgement.hpp"

#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace vmxspec::query {

/// What is known explains every trial of the transition whose id and state fit, and only if each of them shows it.
struct InstructionDivergence {
    std::string transition;    ///< id of the row that the specification takes
    std::regex instruction;    ///< in the trial's id
    std::regex seen;           ///< in what was seen, as InstructionComparison says it
    Bool where;                ///< of the state, in the language of `ask`; true if the data do not say
    std::string manual;        ///< what the manual says
    std::string machine;       ///< what the machine does
    std::string evidence;      ///< id of a trial that shows it
    std::size_t shown = 0;     ///< trials that differ so
    std::size_t vanished = 0;  ///< trials that agree
};

/// Transitions that no trial reaches, and why.
struct Unreached {
    std::vector<std::string> transitions;
    Bool where;  ///< of the processor; true if the data do not say
    std::string reason;
};

struct InstructionKnowledge {
    std::vector<InstructionDivergence> divergences;
    std::vector<Unreached> unreached;
};

/// "instructions" and "unreached" of the file of divergences; both may be missing. Throws InputError.
[[nodiscard]] InstructionKnowledge parse_instruction_knowledge(Specification& spec, std::string_view json,
                                                               const std::string& where);

/// The divergence that is about this trial, counted as shown or vanished; null if there is none, or if it shows another
/// difference. `evaluation` is of the trial's state.
[[nodiscard]] const InstructionDivergence* explain(std::vector<InstructionDivergence>& known,
                                                   const InstructionTrial& trial,
                                                   const InstructionComparison& comparison,
                                                   const Evaluation& evaluation);

}  // namespace vmxspec::query
