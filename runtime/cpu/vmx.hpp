/// The VMX instructions (SDM chapter 33), one function each. Every one can fail without a fault,
/// so every one returns how it went, and the compiler refuses to have that ignored.
#pragma once

#include <cstdint>

#include "runtime/memory/address.hpp"

namespace vmxspec::runtime {

/// How a VMX instruction ended (SDM 33.2 Conventions).
enum class [[nodiscard]] VmxOutcome : std::uint8_t{
    succeed,       ///< VMsucceed
    fail_invalid,  ///< VMfailInvalid: there is no current VMCS to keep an error number
    fail_valid,    ///< VMfailValid: the number is in the VM-instruction error field
};

/// What VMREAD gives.
struct [[nodiscard]] VmxValue {
    VmxOutcome outcome;
    std::uint64_t value;  ///< meaningless unless `outcome` is `succeed`
};

/// VM-instruction error field (SDM appendix B.3.2).
inline constexpr std::uint32_t vm_instruction_error_field = 0x4400;

namespace detail {

/// CF and ZF as the instruction left them.
[[nodiscard]] constexpr VmxOutcome outcome_of(bool cf, bool zf) {
    return cf ? VmxOutcome::fail_invalid : zf ? VmxOutcome::fail_valid : VmxOutcome::succeed;
}

}  // namespace detail

/// Enters VMX root operation. #GP or #UD if the processor is not ready for it: use `enter_vmx_operation`.
/// \param region  VMXON region: 4 KiB, beginning with the VMCS revision identifier
inline VmxOutcome vmxon(PhysicalAddress region) {
    bool cf;
    bool zf;
    asm volatile("vmxon %[region]" : "=@ccc"(cf), "=@ccz"(zf) : [region] "m"(region) : "memory");
    return detail::outcome_of(cf, zf);
}

/// Leaves VMX operation.
inline VmxOutcome vmxoff() {
    bool cf;
    bool zf;
    asm volatile("vmxoff" : "=@ccc"(cf), "=@ccz"(zf) : : "memory");
    return detail::outcome_of(cf, zf);
}

/// Makes `vmcs` inactive and its launch state clear.
inline VmxOutcome vmclear(PhysicalAddress vmcs) {
    bool cf;
    bool zf;
    asm volatile("vmclear %[vmcs]" : "=@ccc"(cf), "=@ccz"(zf) : [vmcs] "m"(vmcs) : "memory");
    return detail::outcome_of(cf, zf);
}

/// Makes `vmcs` active and current.
inline VmxOutcome vmptrld(PhysicalAddress vmcs) {
    bool cf;
    bool zf;
    asm volatile("vmptrld %[vmcs]" : "=@ccc"(cf), "=@ccz"(zf) : [vmcs] "m"(vmcs) : "memory");
    return detail::outcome_of(cf, zf);
}

/// The current-VMCS pointer: all ones if there is none.
inline VmxValue vmptrst() {
    std::uint64_t pointer = 0;
    bool cf;
    bool zf;
    asm volatile("vmptrst %[pointer]" : "=@ccc"(cf), "=@ccz"(zf), [pointer] "=m"(pointer) : : "memory");
    return {detail::outcome_of(cf, zf), pointer};
}

/// The field with that encoding (SDM appendix B) of the current VMCS; outside 64-bit mode its low 32 bits.
inline VmxValue vmread(std::uint64_t encoding) {
    std::uintptr_t value = 0;
    bool cf;
    bool zf;
    asm volatile("vmread %[encoding], %[value]"
                 : "=@ccc"(cf), "=@ccz"(zf), [value] "+r"(value)
                 : [encoding] "r"(static_cast<std::uintptr_t>(encoding))
                 : "memory");
    return {detail::outcome_of(cf, zf), value};
}

/// Writes the field with that encoding of the current VMCS; bits beyond its width are dropped, and outside 64-bit mode
/// those beyond the low 32.
inline VmxOutcome vmwrite(std::uint64_t encoding, std::uint64_t value) {
    bool cf;
    bool zf;
    asm volatile(
        "vmwrite %[value], %[encoding]"
        : "=@ccc"(cf), "=@ccz"(zf)
        : [encoding] "r"(static_cast<std::uintptr_t>(encoding)), [value] "r"(static_cast<std::uintptr_t>(value))
        : "memory");
    return detail::outcome_of(cf, zf);
}

/// What INVEPT invalidates (its register operand).
enum class InveptType : std::uintptr_t { single_context = 1, global = 2 };

/// Invalidates translations derived from EPT. #UD unless IA32_VMX_EPT_VPID_CAP has INVEPT.
/// \param eptp  EPT pointer; looked at for `single_context`
inline VmxOutcome invept(InveptType type, std::uint64_t eptp) {
    const struct {
        std::uint64_t eptp;
        std::uint64_t reserved;
    } descriptor{eptp, 0};
    bool cf;
    bool zf;
    asm volatile("invept %[descriptor], %[type]"
                 : "=@ccc"(cf), "=@ccz"(zf)
                 : [descriptor] "m"(descriptor), [type] "r"(type)
                 : "memory");
    return detail::outcome_of(cf, zf);
}

/// What INVVPID invalidates (its register operand).
enum class InvvpidType : std::uintptr_t {
    individual_address = 0,
    single_context = 1,
    all_contexts = 2,
    single_context_keeping_globals = 3,
};

/// Invalidates translations tagged with a VPID. #UD unless IA32_VMX_EPT_VPID_CAP has INVVPID.
/// \param linear_address  looked at for `individual_address`
inline VmxOutcome invvpid(InvvpidType type, std::uint16_t vpid, std::uint64_t linear_address) {
    const struct {
        std::uint64_t vpid;
        std::uint64_t linear_address;
    } descriptor{vpid, linear_address};
    bool cf;
    bool zf;
    asm volatile("invvpid %[descriptor], %[type]"
                 : "=@ccc"(cf), "=@ccz"(zf)
                 : [descriptor] "m"(descriptor), [type] "r"(type)
                 : "memory");
    return detail::outcome_of(cf, zf);
}

}  // namespace vmxspec::runtime
