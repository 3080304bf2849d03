/// Controls of VMCS12 by name (SDM 27.6 to 27.8).
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
inline constexpr std::uint64_t tsc_offsetting = detail::bit(3), tpr_shadow = detail::bit(21);
inline constexpr std::uint64_t nmi_window = detail::bit(22), io_bitmaps = detail::bit(25);
inline constexpr std::uint64_t msr_bitmaps = detail::bit(28), activate_secondary = detail::bit(31);
}  // namespace primary

namespace secondary {
inline constexpr std::uint64_t apic_accesses = detail::bit(0), ept = detail::bit(1), vpid = detail::bit(5);
inline constexpr std::uint64_t interrupt_delivery = detail::bit(9), pause_loop_exiting = detail::bit(10);
inline constexpr std::uint64_t xsaves = detail::bit(20), tsc_scaling = detail::bit(25);
}  // namespace secondary

namespace exit {
inline constexpr std::uint64_t save_debug_controls = detail::bit(2), load_perf_global_ctrl = detail::bit(12);
inline constexpr std::uint64_t acknowledge_interrupt = detail::bit(15), save_pat = detail::bit(18);
inline constexpr std::uint64_t save_efer = detail::bit(20), save_preemption_timer = detail::bit(22);
inline constexpr std::uint64_t clear_bndcfgs = detail::bit(23);
}  // namespace exit

namespace entry {
inline constexpr std::uint64_t load_debug_controls = detail::bit(2), ia32e_mode_guest = detail::bit(9);
inline constexpr std::uint64_t load_perf_global_ctrl = detail::bit(13), load_pat = detail::bit(14);
inline constexpr std::uint64_t load_bndcfgs = detail::bit(16);
}  // namespace entry

/// Secondary controls as the processor acts on them: 0 unless activated (SDM 27.6.2).
[[nodiscard]] constexpr std::uint64_t secondary_controls(const Vmcs12& v) {
    const bool activated = (v[Field::processor_based_controls] & primary::activate_secondary) != 0;
    return activated ? v[Field::secondary_controls] : 0;
}

template <std::uint64_t control>
[[nodiscard]] constexpr bool uses(const Vmcs12& v) {
    return (v[Field::processor_based_controls] & control) != 0;
}
template <std::uint64_t control>
[[nodiscard]] constexpr bool uses_secondary(const Vmcs12& v) {
    return (secondary_controls(v) & control) != 0;
}
template <std::uint64_t control>
[[nodiscard]] constexpr bool exits_with(const Vmcs12& v) {
    return (v[Field::exit_controls] & control) != 0;
}
template <std::uint64_t control>
[[nodiscard]] constexpr bool enters_with(const Vmcs12& v) {
    return (v[Field::entry_controls] & control) != 0;
}

}  // namespace vmxspec::hv
