/// The fields of a VMCS that is to be written.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "tests/bochs/probe/vector.hpp"
#include "tests/bochs/probe/vmcs_fields.hpp"

namespace vmxspec::probe {

/// A value for each of some fields, in the order in which they were first set.
class VmcsImage {
public:
    struct Setting {
        Field field;
        std::uint64_t value;
    };

    /// Gives `field` a value, its first or a new one.
    void set(Field field, std::uint64_t value);

    [[nodiscard]] bool has(Field field) const;

    /// The value of `field`; 0 for one that was not set.
    [[nodiscard]] std::uint64_t value(Field field) const;

    /// Makes a vector's change.
    void apply(const Change& change);

    /// Each field becomes what VMREAD of the current VMCS says of it.
    void read_back();

    [[nodiscard]] std::span<const Setting> settings() const { return {settings_.data(), count_}; }

    /// Writes all fields into the current VMCS.
    /// \return the first field that this processor's VMCS does not have, if there is one
    [[nodiscard]] std::optional<Field> write() const;

private:
    static constexpr std::size_t most = 255;

    /// Where `field` has its place in `position_`: its encoding (SDM 27.11.2, table 27-22) without the access
    /// type, and with six bits of the index: no field that the specification knows has more.
    [[nodiscard]] static constexpr std::size_t slot(Field field) {
        const auto encoding = static_cast<std::size_t>(field);
        return (encoding >> 1 & 0x3f) | (encoding >> 10 & 3) << 6 | (encoding >> 13 & 3) << 8;
    }

    std::array<Setting, most> settings_{};
    std::array<std::uint8_t, 1024> position_{};  ///< by slot: 1 + place among the settings, 0 for none
    std::size_t count_ = 0;
};

}  // namespace vmxspec::probe
