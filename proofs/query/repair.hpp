// The smallest change after which the VMCS enters.
#pragma once

#include "proofs/query/judgement.hpp"

#include <string>
#include <vector>

namespace vmxspec::query {

/// One value to change.
struct Change {
    std::optional<std::size_t> msr_entry;  ///< entry of the VM-entry MSR-load area, from 0; its data changes
    std::size_t leaf = 0;                  ///< otherwise, the VMCS field
    std::uint64_t from = 0;
    std::uint64_t to = 0;
};

struct Repair {
    std::vector<Change> changes;  ///< fewest values, then fewest bits
};

/// A smallest repair of what the state breaks, or none when there is none within the VMCS and its MSR-load area.
/// Capability MSRs and the state of the processor are not changed. A repair is judged again before it is returned:
/// no rule is broken any more, and none that held has become undecided.
[[nodiscard]] std::vector<Repair> repairs(Specification& spec, const KnownState& state, const Judgement& judgement);

/// The state with a repair made.
[[nodiscard]] KnownState repaired(const KnownState& state, const Repair& repair);

}  // namespace vmxspec::query
