/// Bits of VMCS fields by name, for code that acts on them.
#pragma once

#include <cstdint>

namespace vmxspec::hv {

namespace detail {
constexpr std::uint64_t bit(unsigned n) { return std::uint64_t{1} << n; }
}  // namespace detail

/// Pin-based VM-execution controls (SDM table 27-5).
namespace pin {
inline constexpr std::uint64_t nmi_exiting = detail::bit(3), virtual_nmis = detail::bit(5);
inline constexpr std::uint64_t preemption_timer = detail::bit(6);
}  // namespace pin

/// Primary processor-based VM-execution controls (SDM table 27-6).
namespace primary {
inline constexpr std::uint64_t nmi_window = detail::bit(22), io_bitmaps = detail::bit(25);
inline constexpr std::uint64_t msr_bitmaps = detail::bit(28), activate_secondary = detail::bit(31);
}  // namespace primary

/// Secondary processor-based VM-execution controls (SDM table 27-7).
namespace secondary {
inline constexpr std::uint64_t ept = detail::bit(1), vpid = detail::bit(5), pml = detail::bit(17);
inline constexpr std::uint64_t vmcs_shadowing = detail::bit(14);
}  // namespace secondary

/// VM-entry controls (SDM 27.8.1).
namespace entry {
inline constexpr std::uint64_t ia32e_mode_guest = detail::bit(9);
}  // namespace entry

/// Access rights of CS: 64-bit mode is active (SDM table 27-2).
inline constexpr std::uint64_t access_rights_l = detail::bit(13);

/// Exit qualification of EPT violations (SDM table 30-7).
namespace ept_violation {
inline constexpr std::uint64_t access = 7, data_write = detail::bit(1);
inline constexpr unsigned rights_place = 3;
inline constexpr std::uint64_t nmi_unblocking_due_to_iret = detail::bit(12);
}  // namespace ept_violation

}  // namespace vmxspec::hv
