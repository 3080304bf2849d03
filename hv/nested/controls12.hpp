/// Which controls VMCS12 uses; what follows from them for VMCS02 is generated.
#pragma once

#include "hv/l1/vmcs_bits.hpp"
#include "hv/nested/vmcs12.hpp"

namespace vmxspec::hv {

[[nodiscard]] constexpr bool uses(const Vmcs12& v, std::uint64_t primary_control) {
    return (v.control_proc & primary_control) != 0;
}

/// Secondary controls are 0 unless activated (SDM 27.6.2).
[[nodiscard]] constexpr bool uses_secondary(const Vmcs12& v, std::uint64_t secondary_control) {
    return uses(v, primary::activate_secondary) && (v.control_proc2 & secondary_control) != 0;
}

}  // namespace vmxspec::hv
