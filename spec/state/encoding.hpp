// What a VMCS field's encoding says of it: width and area. Cited: SDM 27.11.2, Table 27-22.
#pragma once

#include <cstdint>

namespace vmxspec {

enum class Area : std::uint8_t { control, read_only, guest, host };
enum class FieldWidth : std::uint8_t { bits16, bits64, bits32, natural };

struct Encoding {
    std::uint32_t value;

    /// Bits 11:10.
    [[nodiscard]] constexpr Area area() const { return static_cast<Area>(value >> 10 & 3); }
    /// Bits 14:13.
    [[nodiscard]] constexpr FieldWidth field_width() const { return static_cast<FieldWidth>(value >> 13 & 3); }
    /// Width in bits on a processor with Intel 64, where natural-width fields have 64.
    [[nodiscard]] constexpr unsigned width() const {
        switch (field_width()) {
            case FieldWidth::bits16: return 16;
            case FieldWidth::bits32: return 32;
            default: return 64;
        }
    }
    /// A full access; bit 0 = 1 names the high 32 bits of a 64-bit field.
    [[nodiscard]] constexpr bool full() const { return (value & 1) == 0; }
    /// Bits 31:15 and 12 are reserved, and only 64-bit fields have a high half.
    [[nodiscard]] constexpr bool well_formed() const {
        return (value & 0xffff9000U) == 0 && (full() || field_width() == FieldWidth::bits64);
    }
};

/// The encoding, if it belongs into this area and width; does not compile otherwise.
template <std::uint32_t Value, Area A, FieldWidth W>
consteval std::uint32_t encoding_in() {
    constexpr Encoding encoding{Value};
    static_assert(encoding.well_formed() && encoding.full(), "not the encoding of a whole VMCS field");
    static_assert(encoding.area() == A, "this encoding belongs to another area of the VMCS");
    static_assert(encoding.field_width() == W, "this encoding belongs to a field of another width");
    return Value;
}

}  // namespace vmxspec
