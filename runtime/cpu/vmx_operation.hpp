/// From a processor as the firmware left it to VMX root operation.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/memory/address.hpp"

namespace vmxspec::runtime {

/// Why a processor can't enter VMX operation.
enum class VmxRefusal : std::uint8_t { no_vmx, hidden, locked_off, fixed_bits, vmxon_failed };

/// The refusal as one sentence, without the full stop.
[[nodiscard]] std::string_view sentence(VmxRefusal refusal);

/// What IA32_FEATURE_CONTROL (SDM 26.7) says about VMXON outside SMX operation.
enum class FeatureControl : std::uint8_t {
    allows,     ///< locked with bit 2 set
    forbids,    ///< locked with bit 2 clear: until the next reset
    undecided,  ///< not locked: software may set bit 2 and lock it
};

inline constexpr std::uint64_t feature_control_lock = 1U << 0;
inline constexpr std::uint64_t feature_control_vmxon_outside_smx = 1U << 2;

[[nodiscard]] constexpr FeatureControl feature_control(std::uint64_t ia32_feature_control) {
    if ((ia32_feature_control & feature_control_lock) == 0) {
        return FeatureControl::undecided;
    }
    return (ia32_feature_control & feature_control_vmxon_outside_smx) != 0 ? FeatureControl::allows
                                                                           : FeatureControl::forbids;
}

/// Why this processor can't enter VMX operation, as far as CPUID and IA32_FEATURE_CONTROL tell; the latter is locked on
/// if the firmware left it open.
[[nodiscard]] std::optional<VmxRefusal> vmx_refusal();

/// Enters VMX root operation on this processor: looks at CPUID, locks IA32_FEATURE_CONTROL on if the
/// firmware left it open, gives CR0 and CR4 the bits that VMX fixes, writes the revision identifier into
/// `region` and executes VMXON.
/// \param region  a page that is used for nothing else until VMXOFF
/// \return nothing if the processor is in VMX operation, else why not
[[nodiscard]] std::optional<VmxRefusal> enter_vmx_operation(PhysicalAddress region);

/// The VMCS revision identifier: IA32_VMX_BASIC[30:0]. Only where there is VMX.
[[nodiscard]] std::uint32_t vmcs_revision();

/// `value` for CR0 with the bits that VMX operation wants 1 set and those that it wants 0 cleared, by
/// IA32_VMX_CR0_FIXED0 and FIXED1 (SDM appendix A.7). Only where there is VMX.
[[nodiscard]] std::uint64_t fixed_cr0(std::uint64_t value);

/// The same for CR4 (SDM appendix A.8).
[[nodiscard]] std::uint64_t fixed_cr4(std::uint64_t value);

}  // namespace vmxspec::runtime
