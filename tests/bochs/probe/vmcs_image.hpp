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
    static constexpr std::size_t most = 256;

    std::array<Setting, most> settings_{};
    std::size_t count_ = 0;
};

}  // namespace vmxspec::probe
