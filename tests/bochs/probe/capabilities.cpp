#include "tests/bochs/probe/capabilities.hpp"

#include "runtime/cpu/msr.hpp"

namespace vmxspec::probe {

namespace {

constexpr std::uint32_t ia32_vmx_basic = 0x480;
constexpr std::uint32_t ia32_vmx_pinbased_ctls = 0x481;
constexpr std::uint32_t ia32_vmx_procbased_ctls = 0x482;
constexpr std::uint32_t ia32_vmx_exit_ctls = 0x483;
constexpr std::uint32_t ia32_vmx_entry_ctls = 0x484;
constexpr std::uint32_t ia32_vmx_procbased_ctls2 = 0x48b;
constexpr std::uint32_t ia32_vmx_ept_vpid_cap = 0x48c;
constexpr std::uint32_t ia32_vmx_true_pinbased_ctls = 0x48d;
constexpr std::uint32_t ia32_vmx_true_entry_ctls = 0x490;
constexpr std::uint32_t ia32_vmx_vmfunc = 0x491;
constexpr std::uint32_t ia32_vmx_procbased_ctls3 = 0x492;
constexpr std::uint32_t ia32_vmx_exit_ctls2 = 0x493;

/// TRUE MSRs follow each other as the plain ones do.
constexpr std::uint32_t true_msrs = ia32_vmx_true_pinbased_ctls - ia32_vmx_pinbased_ctls;

[[nodiscard]] bool has_true_msrs() { return (runtime::read_msr(ia32_vmx_basic).value_or(0) >> 55 & 1) != 0; }

/// Whether bit `bit` of a control field may be 1: bit 32 + `bit` of its capability MSR.
[[nodiscard]] bool may_be_one(std::uint32_t index, unsigned bit) {
    return (runtime::read_msr(index).value_or(0) >> (32 + bit) & 1) != 0;
}

[[nodiscard]] bool has(std::uint32_t index) {
    const bool secondary = may_be_one(ia32_vmx_procbased_ctls, 31);
    switch (index) {
        case ia32_vmx_procbased_ctls2: return secondary;
        case ia32_vmx_ept_vpid_cap:  // "enable EPT" or "enable VPID"
            return secondary && (may_be_one(ia32_vmx_procbased_ctls2, 1) || may_be_one(ia32_vmx_procbased_ctls2, 5));
        case ia32_vmx_vmfunc:  // "enable VM functions"
            return secondary && may_be_one(ia32_vmx_procbased_ctls2, 13);
        case ia32_vmx_procbased_ctls3:  // "activate tertiary controls"
            return may_be_one(ia32_vmx_procbased_ctls, 17);
        case ia32_vmx_exit_ctls2:  // "activate secondary controls"
            return may_be_one(ia32_vmx_exit_ctls, 31);
        default: return index < ia32_vmx_true_pinbased_ctls || index > ia32_vmx_true_entry_ctls || has_true_msrs();
    }
}

}  // namespace

std::optional<std::uint64_t> capability(std::uint32_t index) {
    return has(index) ? runtime::read_msr(index) : std::nullopt;
}

AllowedSettings allowed_settings(Field field) {
    std::uint32_t index = 0;
    switch (field) {
        case Field::pin_based_controls: index = ia32_vmx_pinbased_ctls; break;
        case Field::processor_based_controls: index = ia32_vmx_procbased_ctls; break;
        case Field::exit_controls: index = ia32_vmx_exit_ctls; break;
        case Field::entry_controls: index = ia32_vmx_entry_ctls; break;
        default: return {0, ~std::uint32_t{0}};
    }
    const std::uint64_t value = capability(index + (has_true_msrs() ? true_msrs : 0)).value_or(0);
    return {static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32)};
}

}  // namespace vmxspec::probe
