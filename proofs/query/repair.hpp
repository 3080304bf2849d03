// The smallest changes after which the VMCS enters.
#pragma once

#include "proofs/query/judgement.hpp"

#include <string>
#include <vector>

namespace vmxspec::query {

/// Why bits of a value change: with them as they were, and all else as repaired, these rules would be broken.
struct Reason {
    std::uint64_t bits = 0;
    std::vector<const Rule*> rules;
    /// The capability MSR that forces the bits of a control word; empty if none does.
    std::string_view capability;
};

/// One value to change.
struct Change {
    std::optional<std::size_t> msr_entry;  ///< entry of the VM-entry MSR-load area, from 0; its data changes
    std::size_t leaf = 0;                  ///< otherwise, the VMCS field
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::vector<Reason> because;
};

struct Repair {
    std::vector<Change> changes;     ///< fewest values, then fewest bits
    std::vector<const Rule*> opens;  ///< rules that held and, with what is known, cannot be judged after it
};

struct RepairOptions {
    std::size_t most = 3;                 ///< alternatives
    std::vector<std::size_t> may_change;  ///< leaves that are not VMCS fields and may change too
    unsigned milliseconds = 1'500;        ///< for the whole search
};

/// Repairs of what the state breaks, the smallest first; alternatives change as many values. None when there is none
/// within the VMCS and its MSR-load area: capability MSRs and the state of the processor are not changed. Each repair
/// is judged again before it is returned, by the specification and by the code generated from it: no rule is broken any
/// more. Where each repair leaves rules open that held, because what it changes brings unknown fields into play, the
/// smallest one is returned with these rules.
[[nodiscard]] std::vector<Repair> repairs(Specification& spec, const KnownState& state, const Judgement& judgement,
                                          const RepairOptions& options = {});

/// The state with a repair made.
[[nodiscard]] KnownState repaired(const KnownState& state, const Repair& repair);

}  // namespace vmxspec::query
