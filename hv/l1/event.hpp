/// Events as the VMCS describes them (SDM tables 27-18, 27-20, 27-21).
#pragma once

#include <cstdint>

namespace vmxspec::hv::event {

inline constexpr std::uint64_t valid = std::uint64_t{1} << 31;
inline constexpr std::uint64_t deliver_error_code = 1U << 11;
inline constexpr std::uint64_t undefined = 1U << 12;  ///< of the IDT-vectoring information
inline constexpr unsigned type_place = 8;
inline constexpr std::uint64_t type_mask = 7;

// Types.
inline constexpr std::uint64_t nmi = 2;
inline constexpr std::uint64_t hardware_exception = 3;
inline constexpr std::uint64_t software_interrupt = 4;
inline constexpr std::uint64_t privileged_software_exception = 5;
inline constexpr std::uint64_t software_exception = 6;

inline constexpr std::uint64_t nmi_vector = 2;

/// Interruptibility state (SDM table 27-3): with "virtual NMIs", L1's own blocking.
inline constexpr std::uint64_t blocking_by_smi = 1U << 2, blocking_by_nmi = 1U << 3;

}  // namespace vmxspec::hv::event
