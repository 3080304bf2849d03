/// All of a processor's state that the general registers are not, and memory: what no VM exit may change.
#pragma once

#include <array>
#include <cstdint>

namespace vmxspec::stress {

inline constexpr std::size_t state_values = 32;
using State = std::array<std::uint64_t, state_values>;

[[nodiscard]] State read_state();

/// Says what differs.
[[nodiscard]] bool same(const State& before, const State& after);

}  // namespace vmxspec::stress
