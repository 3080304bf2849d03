#include "hv/l1/controls.hpp"

#include <array>

namespace vmxspec::hv {

namespace {

constexpr std::uint32_t bit(unsigned n) { return 1U << n; }

// Bits that have a meaning and that nobody here wants: a processor that forces one makes exits for which L1 would stop.
// Pin-based: "external-interrupt exiting" and the VMX-preemption timer (SDM table 27-5).
constexpr std::uint32_t unwanted_pin = bit(0) | bit(6) | bit(7);
// Primary processor-based: each kind of exiting (SDM table 27-6).
constexpr std::uint32_t unwanted_primary = bit(2) | bit(3) | bit(7) | bit(9) | bit(10) | bit(11) | bit(12) | bit(15) |
                                           bit(16) | bit(19) | bit(20) | bit(21) | bit(22) | bit(23) | bit(24) |
                                           bit(25) | bit(27) | bit(29) | bit(30);

/// Controls that must be there, those that are taken where they are, and what is said if a must is missing.
struct Row {
    std::uint64_t Capabilities::*capability;
    std::uint32_t Controls::*controls;
    std::uint32_t needed, wanted, unwanted;
    CapabilityRefusal refusal;
};

constexpr auto rows = std::array{
    // "activate secondary controls"
    Row{&Capabilities::primary, &Controls::primary, bit(31), 0, 0, CapabilityRefusal::no_secondary_controls},
    // "enable EPT"
    Row{&Capabilities::secondary, &Controls::secondary, bit(1), 0, 0, CapabilityRefusal::no_ept},
    // "unrestricted guest"; "enable RDTSCP", "enable VPID", "enable INVPCID", "enable XSAVES/XRSTORS", "enable user
    // wait and
    // pause", "enable PCONFIG": L1 has the instructions that the processor has (SDM table 27-7)
    Row{&Capabilities::secondary, &Controls::secondary, bit(1) | bit(7),
        bit(3) | bit(5) | bit(12) | bit(20) | bit(26) | bit(27), 0, CapabilityRefusal::no_unrestricted_guest},
    // "use MSR bitmaps"
    Row{&Capabilities::primary, &Controls::primary, bit(28) | bit(31), 0, unwanted_primary,
        CapabilityRefusal::no_msr_bitmaps},
    // "NMI exiting", "virtual NMIs"
    Row{&Capabilities::pin, &Controls::pin, bit(3) | bit(5), 0, unwanted_pin, CapabilityRefusal::no_nmi_control},
    // "host address-space size", "save IA32_EFER", "load IA32_EFER"; "save debug controls", "save IA32_PAT", "load
    // IA32_PAT"
    Row{&Capabilities::exit, &Controls::exit, bit(9) | bit(20) | bit(21), bit(2) | bit(18) | bit(19), 0,
        CapabilityRefusal::no_efer_control},
    // "load IA32_EFER"; "load debug controls", "load IA32_PAT"
    Row{&Capabilities::entry, &Controls::entry, bit(15), bit(2) | bit(14), 0, CapabilityRefusal::no_efer_control},
};

constexpr bool has(std::uint64_t word, unsigned n) { return (word >> n & 1) != 0; }

}  // namespace

std::string_view sentence(CapabilityRefusal refusal) {
    switch (refusal) {
        case CapabilityRefusal::no_secondary_controls:
        case CapabilityRefusal::no_ept: return "this processor has no EPT (IA32_VMX_PROCBASED_CTLS2[33] is 0)";
        case CapabilityRefusal::no_unrestricted_guest:
            return "this processor has no unrestricted guest (IA32_VMX_PROCBASED_CTLS2[39] is 0)";
        case CapabilityRefusal::no_invept: return "this processor's EPT has no INVEPT, no four levels or no write-back";
        case CapabilityRefusal::no_nmi_control: return "this processor's VMX does not let NMIs be kept for the guest";
        case CapabilityRefusal::no_msr_bitmaps: return "this processor's VMX has no MSR bitmaps";
        case CapabilityRefusal::no_efer_control: return "this processor's VM entries and exits do not load IA32_EFER";
        case CapabilityRefusal::forced_exits: return "this processor's VMX makes VM exits that can't be turned off";
    }
    return "this processor's VMX can't be used";
}

std::optional<CapabilityRefusal> choose_controls(const Capabilities& capabilities, Controls& controls) {
    controls = {};
    for (const Row& row : rows) {
        const auto must_be_one = static_cast<std::uint32_t>(capabilities.*row.capability);
        const auto may_be_one = static_cast<std::uint32_t>(capabilities.*row.capability >> 32);
        if ((row.needed & ~may_be_one) != 0) {
            return row.refusal;
        }
        if ((must_be_one & row.unwanted) != 0) {
            return CapabilityRefusal::forced_exits;
        }
        controls.*row.controls = row.needed | (row.wanted & may_be_one) | must_be_one;
    }
    // IA32_VMX_EPT_VPID_CAP (SDM appendix A.10).
    const std::uint64_t ept = capabilities.ept_vpid;
    const bool invept = has(ept, 20) && (has(ept, 25) || has(ept, 26));
    if (!invept || !has(ept, 6) || !has(ept, 14)) {
        return CapabilityRefusal::no_invept;
    }
    controls.ept_pages = {has(ept, 16), has(ept, 17)};
    controls.invept_single = has(ept, 25);
    controls.invvpid_single = has(ept, 41);
    const bool invvpid = has(ept, 32) && (has(ept, 41) || has(ept, 42));
    if (!invvpid) {
        controls.secondary &= ~bit(5);
    }
    controls.vpid = has(controls.secondary, 5);
    // All three or none: what VM entries do not load, VM exits must not change.
    controls.pat = has(controls.exit, 18) && has(controls.exit, 19) && has(controls.entry, 14);
    if (!controls.pat) {
        controls.exit &= ~(bit(18) | bit(19));
        controls.entry &= ~bit(14);
    }
    return std::nullopt;
}

}  // namespace vmxspec::hv
