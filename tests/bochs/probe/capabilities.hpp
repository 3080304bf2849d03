/// The VMX capability MSRs, and what follows from them for the controls.
#pragma once

#include <cstdint>
#include <optional>

#include "tests/bochs/probe/vmcs_fields.hpp"

namespace vmxspec::probe {

/// The value of capability MSR `index` (480H to 493H); nothing where this processor does not have it,
/// by the conditions of SDM appendix A.
[[nodiscard]] std::optional<std::uint64_t> capability(std::uint32_t index);

/// Bits of a control field: which must be 1, and which may be.
struct AllowedSettings {
    std::uint32_t must_be_one;
    std::uint32_t may_be_one;

    /// `want` with what must be 1 and without what must be 0.
    [[nodiscard]] constexpr std::uint32_t adjust(std::uint64_t want) const {
        return (static_cast<std::uint32_t>(want) | must_be_one) & may_be_one;
    }

    /// The highest bit that may not be 1; 0 if every bit may.
    [[nodiscard]] constexpr std::uint32_t forbidden() const {
        for (std::uint32_t bit = 1U << 31; bit != 0; bit >>= 1) {
            if ((may_be_one & bit) == 0) {
                return bit;
            }
        }
        return 0;
    }
};

/// Of the pin-based, processor-based, VM-exit or VM-entry controls (the TRUE MSR where there is one);
/// of any other field: every bit may be what it likes.
[[nodiscard]] AllowedSettings allowed_settings(Field field);

}  // namespace vmxspec::probe
