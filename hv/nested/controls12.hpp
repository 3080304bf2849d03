/// Controls of VMCS12 by name (SDM 27.6 to 27.8), for code that acts on them; what follows from them for VMCS02 is
/// generated.
#pragma once

#include "hv/nested/vmcs12.hpp"

namespace vmxspec::hv {

namespace detail {
constexpr std::uint64_t bit(unsigned n) { return std::uint64_t{1} << n; }
}  // namespace detail

namespace pin {
inline constexpr std::uint64_t nmi_exiting = detail::bit(3), virtual_nmis = detail::bit(5);
inline constexpr std::uint64_t preemption_timer = detail::bit(6);
}  // namespace pin

namespace primary {
inline constexpr std::uint64_t nmi_window = detail::bit(22), io_bitmaps = detail::bit(25);
inline constexpr std::uint64_t msr_bitmaps = detail::bit(28), activate_secondary = detail::bit(31);
}  // namespace primary

namespace secondary {
inline constexpr std::uint64_t ept = detail::bit(1), vpid = detail::bit(5);
}  // namespace secondary

namespace entry {
inline constexpr std::uint64_t ia32e_mode_guest = detail::bit(9);
}  // namespace entry

[[nodiscard]] constexpr bool uses(const Vmcs12& v, std::uint64_t primary_control) {
    return (v.control_proc & primary_control) != 0;
}

/// Secondary controls are 0 unless activated (SDM 27.6.2).
[[nodiscard]] constexpr bool uses_secondary(const Vmcs12& v, std::uint64_t secondary_control) {
    return uses(v, primary::activate_secondary) && (v.control_proc2 & secondary_control) != 0;
}

}  // namespace vmxspec::hv
