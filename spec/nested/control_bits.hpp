// The named bits of the control words as masks, for tables of which bits a word takes from where.
#pragma once

#include "spec/state/formats_control.hpp"
#include "spec/state/formats_register.hpp"

#include <cstdint>

namespace vmxspec::nested {

/// The interpretation of a format in which a member is its mask.
struct Mask {
    template <unsigned N, Text>
    struct bit {
        constexpr operator std::uint64_t() const { return std::uint64_t{1} << N; }  // a member is meant as its mask
    };
    template <unsigned Hi, unsigned Lo, Text>
    struct part {
        constexpr operator std::uint64_t() const { return (~std::uint64_t{0} >> (63 - Hi + Lo)) << Lo; }
    };
};

inline constexpr PinBased<Mask> pin_bits{};
inline constexpr ProcessorBased<Mask> proc_bits{};
inline constexpr ProcessorBased2<Mask> proc2_bits{};
inline constexpr ProcessorBased3<Mask> proc3_bits{};
inline constexpr ExitControl<Mask> exit_bits{};
inline constexpr ExitControl2<Mask> exit2_bits{};
inline constexpr EntryControl<Mask> entry_bits{};
inline constexpr VmxBasic<Mask> basic_bits{};
inline constexpr VmxMisc<Mask> misc_bits{};
inline constexpr EptVpidCap<Mask> ept_vpid_bits{};
inline constexpr Cr4<Mask> cr4_bits{};
inline constexpr DebugCtl<Mask> debugctl_bits{};
inline constexpr Interruptibility<Mask> interruptibility_bits{};

}  // namespace vmxspec::nested
