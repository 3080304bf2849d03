/// Model-specific registers. An access that raises #GP is a result, not the end (see `fixup.hpp`).
#pragma once

#include <cstdint>
#include <optional>

namespace vmxspec::runtime {

/// MSRs by their SDM names (volume 4).
namespace msr {
inline constexpr std::uint32_t ia32_feature_control = 0x3a;
inline constexpr std::uint32_t ia32_vmx_basic = 0x480;
inline constexpr std::uint32_t ia32_vmx_cr0_fixed0 = 0x486;
inline constexpr std::uint32_t ia32_vmx_cr0_fixed1 = 0x487;
inline constexpr std::uint32_t ia32_vmx_cr4_fixed0 = 0x488;
inline constexpr std::uint32_t ia32_vmx_cr4_fixed1 = 0x489;
inline constexpr std::uint32_t ia32_efer = 0xc000'0080;
inline constexpr std::uint32_t ia32_gs_base = 0xc000'0101;
}  // namespace msr

/// RDMSR. Nothing: the processor raised #GP, so it has no such register.
[[nodiscard]] std::optional<std::uint64_t> read_msr(std::uint32_t index);

/// WRMSR. False: the processor raised #GP, and the register, if there is one, keeps its value.
[[nodiscard]] bool write_msr(std::uint32_t index, std::uint64_t value);

}  // namespace vmxspec::runtime
