/// What the trace tells of the operands of one instruction.
#pragma once

#include "tests/bochs/probe/facts.hpp"
#include "tests/bochs/probe/instruction_stage.hpp"

namespace vmxspec::probe {

/// The operands before the row's instruction, in memory and in registers.
void operands_before(Facts& facts, InstructionStage& stage, const InstructionRow& row);

/// What the instruction stored.
/// \param stored  the operand of VMPTRST
void operands_after(Facts& facts, const InstructionRow& row, const Ending& ending, std::uint64_t stored);

/// The VMCS field that VMREAD or VMWRITE accesses, as it is now. In VMX operation.
void accessed_field(Facts& facts, InstructionStage& stage, const InstructionRow& row);

}  // namespace vmxspec::probe
