/// The registers that a VM exit loads, but those that change from one to the next (SDM 30.5).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vmxspec::l1 {

struct Register {
    std::string_view name;
    std::uint64_t (*read)();
    std::optional<std::uint64_t> loaded;  ///< by each VM exit, whatever was there before
};

/// Host state that the processor does not have before the first VM exit.
inline constexpr std::uint64_t sysenter_cs = 0x50, sysenter_esp = 0x1357'9bdf, sysenter_eip = 0x2468'ace0;
/// DR7 before each VM entry, and a bit of CR4 (DE) that is the other way round then.
inline constexpr std::uint64_t dr7_before_entry = 0x500, cr4_before_entry = 1U << 3;

inline constexpr std::size_t register_count = 20;
extern const std::array<Register, register_count> registers_loaded;

using RegisterValues = std::array<std::uint64_t, register_count>;
[[nodiscard]] RegisterValues read_registers();
/// What a VM exit will make of registers that are `before` now, if the host state is what they are.
[[nodiscard]] RegisterValues after_vm_exit(const RegisterValues& before);

}  // namespace vmxspec::l1
