/// The capability MSRs (SDM appendix A) that L1 reads, from the processor's.
#pragma once

#include <cstdint>

#include "hv/check/live_state.hpp"

namespace vmxspec::hv {

/// Replaces the processor's capabilities in `s` by those that L1 has.
void offer_capabilities(State& s);

/// What RDMSR of a capability MSR gives L1. False: there is none, and it is #GP(0).
[[nodiscard]] bool offered_capability(const State& s, std::uint32_t index, std::uint64_t& value);

/// Whether L1's VMCSs have the field.
[[nodiscard]] bool offered_field(const State& s, std::uint64_t encoding);

}  // namespace vmxspec::hv
