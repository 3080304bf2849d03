/// What the trace tells of one instruction: leaves of the specification's state, by their names.
#pragma once

#include <optional>

#include "runtime/io/format.hpp"
#include "tests/bochs/probe/instruction_stage.hpp"
#include "tests/bochs/probe/trace.hpp"

namespace vmxspec::probe {

/// Lines of one kind: `head name=value ...`.
class Facts {
public:
    Facts(Trace& trace, std::string_view head) : trace_{trace}, head_{head} {}
    Facts(const Facts&) = delete;
    Facts& operator=(const Facts&) = delete;
    ~Facts() { trace_.end_line(); }

    void add(std::string_view leaf, std::uint64_t value) { trace_.item(head_, leaf, "=", runtime::Hex{value}.text()); }

private:
    Trace& trace_;
    std::string_view head_;
};

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
