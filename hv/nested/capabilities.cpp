#include "hv/nested/capabilities.hpp"

#include "hv/nested/vmcs12_layout.hpp"

namespace vmxspec::hv {

namespace {

constexpr std::uint64_t bit(unsigned n) { return std::uint64_t{1} << n; }

/// Controls that L1 may set: what of the processor's allowed-1 settings stays.
struct Row {
    std::uint64_t State::*plain;
    std::uint64_t State::*exact;  ///< the TRUE MSR
    std::uint32_t offered;
};

constexpr std::uint32_t all_but(std::uint32_t withheld) { return ~withheld; }

constexpr Row rows[] = {
    // Without "process posted interrupts".
    {&State::capability_pin, &State::capability_true_pin, all_but(bit(7))},
    // Without "activate tertiary controls".
    {&State::capability_proc, &State::capability_true_proc, all_but(bit(17))},
    // Without "load CET", "load UINV", "load PKRS", "save IA32_PERF_GLOBAL_CTL", Intel PT, "activate secondary
    // controls", "load IA32_BNDCFGS"' partner, and "deactivate dual-monitor treatment" that only SMM knows.
    {&State::capability_exit, &State::capability_true_exit,
     all_but(bit(24) | bit(25) | bit(26) | bit(27) | bit(28) | bit(29) | bit(30) | bit(31))},
    {&State::capability_entry, &State::capability_true_entry,
     all_but(bit(10) | bit(11) | bit(17) | bit(18) | bit(19) | bit(20) | bit(21) | bit(22) | bit(23))},
    // EPT, descriptor-table exiting, RDTSCP, VPID, WBINVD exiting, unrestricted guest, APIC-register virtualization,
    // virtual-interrupt delivery, PAUSE-loop exiting, RDRAND, INVPCID, RDSEED, XSAVES, TSC scaling.
    {&State::capability_proc2, nullptr,
     static_cast<std::uint32_t>(bit(0) | bit(1) | bit(2) | bit(3) | bit(4) | bit(5) | bit(6) | bit(7) | bit(8) |
                                bit(9) | bit(10) | bit(11) | bit(12) | bit(16) | bit(20) | bit(25))},
};

}  // namespace

void offer_capabilities(State& s) {
    for (const Row& row : rows) {
        const std::uint64_t kept = std::uint64_t{row.offered} << 32 | 0xffff'ffff;
        s.*row.plain &= kept;
        if (row.exact != nullptr) {
            s.*row.exact &= kept;
        }
    }
    // No SMM transfer monitor; no shadow VMCSs. VMWRITE reaches read-only fields where the processor's does.
    s.capability_basic &= ~(bit(49) | bit(56));
    s.capability_misc &= ~(bit(28) | std::uint64_t{0xffff'ffff} << 32);
    // Without accessed and dirty flags, and what is beyond (SDM appendix A.10).
    constexpr std::uint64_t ept = bit(0) | bit(6) | bit(8) | bit(14) | bit(16) | bit(17) | bit(20) | bit(25) | bit(26) |
                                  bit(32) | bit(40) | bit(41) | bit(42) | bit(43);
    s.capability_ept_vpid &= ept;
    s.capability_vmfunc = 0;
    s.capability_proc3 = 0;
    s.capability_exit2 = 0;
    s.capability_cr4_fixed1 &= ~bit(14);  // SMXE
}

bool offered_capability(const State& s, std::uint32_t index, std::uint64_t& value) {
    constexpr std::uint32_t vmcs_enum = 0x48a;
    constexpr std::uint64_t highest_index = 0x1a;
    const bool secondary = (s.capability_proc >> 63) != 0;
    const bool exact = (s.capability_basic >> 55 & 1) != 0;
    const bool has_ept_vpid = secondary && (s.capability_proc2 >> 32 & (bit(1) | bit(5))) != 0;
    if ((index == 0x48b && !secondary) || (index == 0x48c && !has_ept_vpid) || index > 0x490 ||
        (index >= 0x48d && !exact)) {
        return false;
    }
    if (index == vmcs_enum) {
        value = highest_index << 1;
        return true;
    }
    bool found = false;
    State copy;
    copy = s;
    generated::each_msr(copy, [&](std::uint32_t known, std::uint64_t& member) {
        if (known == index) {
            value = member;
            found = true;
        }
    });
    return found;
}

namespace {

/// Fields that exist only with a control (SDM appendix B): the allowed-1 bit of its capability MSR.
struct Condition {
    std::uint16_t first, last;
    std::uint64_t State::*capability;
    unsigned bit;
};

constexpr Condition conditions[] = {
    {0x0000, 0x0000, &State::capability_proc2, 5},   // VPID
    {0x0810, 0x0810, &State::capability_proc2, 9},   // guest interrupt status
    {0x2004, 0x2005, &State::capability_proc, 28},   // MSR bitmaps
    {0x2012, 0x2013, &State::capability_proc, 21},   // virtual-APIC address
    {0x2014, 0x2015, &State::capability_proc2, 0},   // APIC-access address
    {0x201a, 0x201b, &State::capability_proc2, 1},   // EPTP
    {0x201c, 0x2023, &State::capability_proc2, 9},   // EOI-exit bitmaps
    {0x202c, 0x202d, &State::capability_proc2, 20},  // XSS-exiting bitmap
    {0x2032, 0x2033, &State::capability_proc2, 25},  // TSC multiplier
    {0x2400, 0x2401, &State::capability_proc2, 1},   // guest-physical address
    {0x2804, 0x2805, &State::capability_entry, 14},  // guest IA32_PAT
    {0x2806, 0x2807, &State::capability_entry, 15},  // guest IA32_EFER
    {0x2808, 0x2809, &State::capability_entry, 13},  // guest IA32_PERF_GLOBAL_CTRL
    {0x280a, 0x2811, &State::capability_proc2, 1},   // PDPTEs
    {0x2812, 0x2813, &State::capability_entry, 16},  // guest IA32_BNDCFGS
    {0x2c00, 0x2c01, &State::capability_exit, 19},   // host IA32_PAT
    {0x2c02, 0x2c03, &State::capability_exit, 21},   // host IA32_EFER
    {0x2c04, 0x2c05, &State::capability_exit, 12},   // host IA32_PERF_GLOBAL_CTRL
    {0x401c, 0x401c, &State::capability_proc, 21},   // TPR threshold
    {0x401e, 0x401e, &State::capability_proc, 31},   // secondary controls
    {0x4020, 0x4022, &State::capability_proc2, 10},  // PLE_Gap, PLE_Window
    {0x482e, 0x482e, &State::capability_pin, 6},     // VMX-preemption timer
};

struct Range {
    std::uint16_t first, last;
};

/// The others that L1's VMCSs have, by encoding (SDM appendix B).
constexpr Range unconditional[] = {
    {0x0800, 0x080e}, {0x0c00, 0x0c0c}, {0x2000, 0x2003}, {0x2006, 0x200d}, {0x2010, 0x2011}, {0x2800, 0x2803},
    {0x4000, 0x401a}, {0x4400, 0x440e}, {0x4800, 0x482a}, {0x4c00, 0x4c00}, {0x6000, 0x600e}, {0x6400, 0x640a},
    {0x6800, 0x6826}, {0x6c00, 0x6c16},
};

}  // namespace

bool offered_field(const State& s, std::uint64_t encoding) {
    if (place_of(encoding) == no_place) {
        return false;
    }
    for (const Condition& row : conditions) {
        if (encoding >= row.first && encoding <= row.last) {
            return (s.*row.capability >> (32 + row.bit) & 1) != 0;
        }
    }
    for (const Range& range : unconditional) {
        if (encoding >= range.first && encoding <= range.last) {
            return true;
        }
    }
    return false;
}

}  // namespace vmxspec::hv
