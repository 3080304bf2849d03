/// Where the fields of a VMCS12 are: an encoding is a place, by arithmetic.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vmxspec::hv {

/// Fields of one width and type (SDM appendix B): `size` places from `first` on.
struct FieldGroup {
    std::uint16_t first, size;
};

/// By encoding bits 14:13 (16-bit, 64-bit, 32-bit, natural width) and 11:10 (control, read-only, guest, host).
inline constexpr auto field_groups = [] {
    constexpr std::array<std::uint16_t, 16> sizes{16, 8, 16, 16, 64, 16, 32, 32, 32, 16, 32, 8, 16, 16, 32, 32};
    std::array<FieldGroup, 16> groups{};
    std::uint16_t next = 0;
    for (std::size_t n = 0; n < groups.size(); ++n) {
        groups[n] = {next, sizes[n]};
        next = static_cast<std::uint16_t>(next + sizes[n]);
    }
    return groups;
}();

inline constexpr std::size_t field_places = field_groups.back().first + field_groups.back().size;
inline constexpr std::size_t no_place = ~std::size_t{0};

enum class FieldWidth : std::uint8_t { bits16, bits64, bits32, natural };

/// Which of the groups, and where in it (SDM table 27-22).
[[nodiscard]] constexpr std::size_t group_of(std::uint64_t encoding) {
    return (encoding >> 11 & 0xc) | (encoding >> 10 & 3);
}
[[nodiscard]] constexpr std::size_t index_of(std::uint64_t encoding) { return encoding >> 1 & 0x1ff; }
[[nodiscard]] constexpr FieldWidth width_of(std::uint64_t encoding) {
    return static_cast<FieldWidth>(encoding >> 13 & 3);
}
/// VM-exit information, which VMWRITE may not reach on every processor.
[[nodiscard]] constexpr bool is_read_only(std::uint64_t encoding) { return (encoding >> 10 & 3) == 1; }
/// The high half of a 64-bit field (SDM 27.11.2).
[[nodiscard]] constexpr bool is_high(std::uint64_t encoding) { return (encoding & 1) != 0; }

/// The place of the field; `no_place` for an encoding that can't be that of one.
[[nodiscard]] constexpr std::size_t place_of(std::uint64_t encoding) {
    const FieldGroup& group = field_groups[group_of(encoding)];
    const std::size_t index = index_of(encoding);
    constexpr std::uint64_t meaningful = 0x6fff;  // reserved are bits 12 and 31:15 (SDM table 27-22)
    if ((encoding & ~meaningful) != 0 || index >= group.size ||
        (is_high(encoding) && width_of(encoding) != FieldWidth::bits64)) {
        return no_place;
    }
    return group.first + index;
}

/// What of a value a field of that width keeps.
[[nodiscard]] constexpr std::uint64_t truncated(std::uint64_t encoding, std::uint64_t value) {
    switch (width_of(encoding)) {
        case FieldWidth::bits16: return value & 0xffff;
        case FieldWidth::bits32: return value & 0xffff'ffff;
        default: return value;
    }
}

}  // namespace vmxspec::hv
