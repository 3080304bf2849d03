// What a vector can ask for besides fields of the VMCS: bytes of memory, and how the VM entry comes about.
#pragma once

#include "spec/state/state.hpp"

#include <cstdint>
#include <optional>

namespace vmxspec::vectors {

/// Number of the condition in a file of vectors (tests/bochs/README.md) by which the probe gives this leaf this value;
/// nothing if it cannot.
[[nodiscard]] std::optional<std::uint8_t> condition(const State& state, std::size_t leaf, std::uint64_t value);

/// Whether there is such a condition for some value of the leaf.
[[nodiscard]] bool is_condition(const State& state, std::size_t leaf);

/// Number of the condition "from legacy protected mode".
inline constexpr std::uint8_t legacy_condition = 11;
/// Number of the condition "the VMCS link pointer is the current-VMCS pointer".
inline constexpr std::uint8_t link_is_current_condition = 12;

}  // namespace vmxspec::vectors
