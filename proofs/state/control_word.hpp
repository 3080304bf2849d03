// Which capability MSRs say how the bits of which control word may be set.
#pragma once

#include <array>
#include <string_view>

namespace vmxspec {

/// A VMX control word and its capability MSRs, as names of leaves. SDM volume 3D, A.3 to A.5.
struct ControlWord {
    std::string_view control;
    std::string_view capability;
    std::string_view exact;  ///< the TRUE capability MSR, if the word has one
};

/// Bits 31:0 of these MSRs are the allowed 0-settings, bits 63:32 the allowed 1-settings.
inline constexpr std::array control_words{
    ControlWord{"control.pin", "capability.pin", "capability.true_pin"},
    ControlWord{"control.proc", "capability.proc", "capability.true_proc"},
    ControlWord{"control.proc2", "capability.proc2", {}},
    ControlWord{"control.exit", "capability.exit", "capability.true_exit"},
    ControlWord{"control.entry", "capability.entry", "capability.true_entry"},
};
inline constexpr unsigned allowed_1_settings = 32;  ///< where they begin in a capability MSR

inline constexpr unsigned true_controls_bit = 55;  ///< of IA32_VMX_BASIC: the TRUE capability MSRs exist (A.1)

/// The word of this capability MSR, or nothing.
[[nodiscard]] constexpr const ControlWord* control_word_of(std::string_view capability) {
    for (const ControlWord& one : control_words)
        if (one.capability == capability || (!one.exact.empty() && one.exact == capability)) return &one;
    return nullptr;
}

}  // namespace vmxspec
