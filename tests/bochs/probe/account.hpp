/// The probe's account for people: what the manual says of each VM entry, what this processor did, whether they agree.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "hv/check/prediction.hpp"
#include "tests/bochs/probe/trace.hpp"

namespace vmxspec::probe {

/// How a VMX instruction can end, for people.
enum class InstructionEnd : std::uint8_t { completed, exception, vm_exit, not_tried };

/// On the screen and on COM1. Where COM1 has the trace as well, the lines begin with "# ", which readers of traces
/// pass over.
class Account {
public:
    /// \param brief  of many VM entries: only those of which the manual and the processor differ, and now and then how
    ///               many were tried
    explicit Account(bool brief) : brief_{brief} {}

    /// The first lines: which machine this is, and where the trace goes.
    static void open();

    /// One line about one VM entry.
    void entry(std::string_view id, const hv::Prediction& prediction, const Outcome& outcome);

    /// One line about a VM entry that was not tried, for this processor's VMCS has no field `encoding`.
    void not_tried(std::string_view id, std::uint64_t encoding);

    /// How a VMX instruction ended: told now and then, how many were tried.
    void instruction(InstructionEnd end);

    /// One line about the VMX instructions. What the manual says of each is not known here.
    void close_instructions();

    /// The closing line.
    void close();

private:
    bool brief_;
    std::size_t tried_ = 0;
    std::size_t differing_ = 0;
    std::size_t open_ = 0;
    std::array<std::size_t, 4> instructions_{};  ///< by InstructionEnd
};

}  // namespace vmxspec::probe
