// What a machine shows of the processor after a VM entry, compared with the specification's load tables.
#pragma once

#include "proofs/query/trace.hpp"

namespace vmxspec::query {

/// The differences, a phrase each. Compared is what the trace tells: the guest state that a VM exit saved (SDM 30.3),
/// where no guest instruction changed it, with what the VM entry loaded (29.3.2, 29.4); registers after the VM exit or
/// the failed entry with 30.5, 30.6 and 29.8. Bits that the manual leaves undefined may be anything. \param state  that
/// of the entry, with what is taken for granted
[[nodiscard]] std::vector<std::string> compare_loaded(const Specification& spec, const KnownState& state,
                                                      const TraceEntry& entry);

}  // namespace vmxspec::query
