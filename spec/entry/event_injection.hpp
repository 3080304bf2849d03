// The injected-event identification field: what it says, and the checks of 29.2.1.3 on it.
#pragma once

#include "spec/lang/rule.hpp"
#include "spec/state/state.hpp"

namespace vmxspec::entry {

/// Event types, SDM Table 27-18.
enum class EventType : std::uint8_t {
    external_interrupt = 0,
    reserved = 1,
    nmi = 2,
    hardware_exception = 3,
    software_interrupt = 4,
    privileged_software_exception = 5,
    software_exception = 6,
    other = 7,
};

/// The VM entry injects an event of this type.
[[nodiscard]] Bool injects(const State& s, EventType type);

/// The VM entry injects this event.
[[nodiscard]] Bool injects(const State& s, EventType type, std::uint64_t vector);

/// Rows ctl.inject.*, part of 29.2.1.3.
void event_injection(RuleTable& table, const State& s);

}  // namespace vmxspec::entry
