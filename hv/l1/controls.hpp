/// The VM-execution, VM-exit and VM-entry controls of VMCS01: what is wanted, as far as the capability MSRs allow it
/// (SDM appendix A).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "hv/l1/ept.hpp"

namespace vmxspec::hv {

/// What a processor lacks so that L1 can have the machine.
enum class CapabilityRefusal : std::uint8_t {
    no_secondary_controls,
    no_ept,
    no_unrestricted_guest,
    no_invept,
    no_nmi_control,
    no_msr_bitmaps,
    no_efer_control,
    forced_exits,
};

/// The refusal as one sentence, without the full stop.
[[nodiscard]] std::string_view sentence(CapabilityRefusal refusal);

/// The control fields, and what follows from the capabilities besides.
struct Controls {
    std::uint32_t pin, primary, secondary, exit, entry;
    EptPageSizes ept_pages;
    bool vpid;
    bool invept_single;   ///< the single-context type; else the global one
    bool invvpid_single;  ///< likewise; else all contexts
    bool pat;             ///< VM entries load IA32_PAT, VM exits save and load it

    [[nodiscard]] bool xsaves() const { return (secondary >> 20 & 1) != 0; }
    [[nodiscard]] bool pconfig() const { return (secondary >> 27 & 1) != 0; }
};

/// Capability MSRs: 480H to 493H, 0 where the processor has none.
struct Capabilities {
    std::uint64_t basic, pin, primary, exit, entry, secondary, ept_vpid;

    /// The TRUE MSRs take the places of the others where there are some (SDM appendix A.2).
    template <class Read>
    [[nodiscard]] static Capabilities read_from(Read read) {
        const std::uint64_t basic = read(0x480);
        const std::uint32_t first = (basic >> 55 & 1) != 0 ? 0x48d : 0x481;
        const std::uint64_t primary = read(first + 1);
        const std::uint64_t secondary = (primary >> 63 & 1) != 0 ? read(0x48b) : 0;
        constexpr std::uint64_t ept_or_vpid = std::uint64_t{0x22} << 32;
        return {basic,
                read(first),
                primary,
                read(first + 2),
                read(first + 3),
                secondary,
                (secondary & ept_or_vpid) != 0 ? read(0x48c) : 0};
    }
};

/// Chooses the controls. \return the first thing that is missing, and nothing if all is there
[[nodiscard]] std::optional<CapabilityRefusal> choose_controls(const Capabilities& capabilities, Controls& controls);

}  // namespace vmxspec::hv
