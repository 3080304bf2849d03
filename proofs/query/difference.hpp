// A state in named bits, and what differs between two.
#pragma once

#include "proofs/query/terminal.hpp"
#include "proofs/state/known_state.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace vmxspec::query {

/// Every VMCS field that the input tells, in the order of appendix B, with encoding and named bits; then the VM-entry
/// MSR-load area.
[[nodiscard]] std::string decoded_text(const KnownState& state, const Terminal& terminal);
[[nodiscard]] nlohmann::ordered_json decoded_json(const KnownState& state);

/// One value that two states tell differently.
struct Difference {
    std::string name;               ///< field, or "VM-entry MSR-load entry 1, data"
    std::uint32_t key = 0;          ///< VMCS encoding; 0 for MSR-load entries
    std::string from, to;           ///< empty where the state does not tell it
    std::vector<std::string> bits;  ///< "PG: 0 -> 1", "Type: 2 -> 3"; of values that both states tell
};

/// Fields and MSR-load entries that differ, or that only one state tells, in the order of appendix B.
[[nodiscard]] std::vector<Difference> differences(const KnownState& from, const KnownState& to);
[[nodiscard]] std::string difference_text(const std::vector<Difference>& list, const Terminal& terminal);
[[nodiscard]] nlohmann::ordered_json difference_json(const std::vector<Difference>& list);

}  // namespace vmxspec::query
