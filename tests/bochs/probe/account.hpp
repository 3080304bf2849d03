/// The probe's account for people: what the manual says of each VM entry, what this processor did, whether they agree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "hv/check/prediction.hpp"
#include "tests/bochs/probe/trace.hpp"

namespace vmxspec::probe {

/// On the text screen and on COM1. Where COM1 has the trace as well, the lines begin with "# ", which readers of traces
/// pass over.
class Account {
public:
    /// \param brief  of many VM entries: only those of which the manual and the processor differ, and now and then how
    ///               many were tried
    explicit Account(bool brief) : brief_{brief} {}

    /// One line about one VM entry.
    void entry(std::string_view id, const hv::Prediction& prediction, const Outcome& outcome);

    /// One line about a VM entry that was not tried, for this processor's VMCS has no field `encoding`.
    void not_tried(std::string_view id, std::uint64_t encoding);

    /// One line about the VMX instructions, how many were tried: the trace tells how each ended.
    void instructions(std::uint64_t tried);

    /// The closing line.
    void close();

private:
    bool brief_;
    std::size_t tried_ = 0;
    std::size_t differing_ = 0;
    std::size_t open_ = 0;
};

}  // namespace vmxspec::probe
