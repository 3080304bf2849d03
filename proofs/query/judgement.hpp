// The verdict on one VM entry: every rule that it breaks, every rule that cannot be judged, and what the processor
// does.
#pragma once

#include "proofs/state/known_state.hpp"
#include "spec/specification.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vmxspec::query {

enum class Decision : std::uint8_t { enters, fails, undecided };
[[nodiscard]] const char* to_text(Decision decision);

/// One rule on one state, or on one entry of the MSR-load area.
struct Finding {
    const Rule* rule = nullptr;
    std::optional<std::size_t> msr_entry;  ///< entry of the VM-entry MSR-load area, from 0
    std::vector<Outcome> outcomes;         ///< allowed if this is the failure that is reported
    std::vector<std::size_t> leaves;       ///< violated: what the condition reads; undecided: what would decide
};

/// IA32_EFER on its way through the entry, as far as it is known.
struct EferTrail {
    Known loaded;               ///< after 29.3.2
    std::vector<Known> before;  ///< before each entry of the MSR-load area
    Known last;                 ///< after the last accepted entry
};

struct Judgement {
    Decision decision = Decision::undecided;
    std::vector<Finding> violated;
    std::vector<Finding> undecided;
    std::vector<Finding> advice;    ///< of rows that no entry fails by
    std::vector<Outcome> outcomes;  ///< that the manual allows; empty when undecided; when it enters, empty too
    std::size_t held = 0;           ///< rules that hold
    EferTrail efer;
};

/// Judges the state. Entries of the MSR-load area are judged up to the first that fails; if a check of an earlier stage
/// fails the area is judged all the same, for its author wants to know, but does not add to the outcomes.
[[nodiscard]] Judgement judge(const Specification& spec, const KnownState& state);

/// The leaves of `state` with one entry of an MSR area in place of `msr_entry.*`.
[[nodiscard]] std::vector<Known> with_entry(const KnownState& state, const MsrAreaEntry& entry, Known efer_before);

/// The stage that decides: the first of those whose rules are broken; nothing if none is.
[[nodiscard]] std::optional<Stage> first_failing_stage(const Judgement& judgement);

/// The outcome in words and numbers: "VM-entry failure due to MSR loading: exit reason 80000022H, qualification 1".
[[nodiscard]] std::string to_text(const Outcome& outcome);

/// Exit reason as the VMCS shows it for an entry failure: basic reason with bit 31.
[[nodiscard]] constexpr std::uint32_t exit_reason(const Outcome& outcome) { return 0x80000000U | outcome.number; }

}  // namespace vmxspec::query
