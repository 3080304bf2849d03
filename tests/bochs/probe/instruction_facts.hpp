/// What the trace tells of one instruction: leaves of the specification's state, by their names.
#pragma once

#include <optional>

#include "tests/bochs/probe/instruction_stage.hpp"
#include "tests/bochs/probe/trace.hpp"

namespace vmxspec::probe {

/// The state before the row's instruction: what the stage has made, and what the machine shows of it.
/// \return the current-VMCS pointer; nothing outside VMX operation
std::optional<std::uint64_t> give_before(Trace& trace, InstructionStage& stage, const Experiment& experiment,
                                         const InstructionRow& row);

/// What the machine shows of the state after it.
/// \param stored   the operand of VMPTRST
/// \param pointer  the current-VMCS pointer before it
void give_after(Trace& trace, InstructionStage& stage, const InstructionRow& row, const Ending& ending,
                std::uint64_t stored, std::optional<std::uint64_t> pointer);

}  // namespace vmxspec::probe
