#include "runtime/cpu/vmx_operation.hpp"

#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/cpuid.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/vmx.hpp"

namespace vmxspec::runtime {

namespace {

// Leaf 1, ECX.
constexpr std::uint32_t cpuid_vmx = 1U << 5;
constexpr std::uint32_t cpuid_hypervisor = 1U << 31;  // never on a bare processor

[[nodiscard]] std::uint64_t fixed(std::uint64_t value, std::uint32_t fixed0, std::uint32_t fixed1) {
    return (value | read_msr(fixed0).value_or(0)) & read_msr(fixed1).value_or(~std::uint64_t{0});
}

[[nodiscard]] bool unlock() {
    const auto control = read_msr(msr::ia32_feature_control);
    if (!control) {
        return true;  // a processor without the register has nothing to lock with
    }
    switch (feature_control(*control)) {
        case FeatureControl::allows: return true;
        case FeatureControl::forbids: return false;
        case FeatureControl::undecided: break;
    }
    return write_msr(msr::ia32_feature_control, *control | feature_control_lock | feature_control_vmxon_outside_smx);
}

}  // namespace

std::string_view sentence(VmxRefusal refusal) {
    switch (refusal) {
        case VmxRefusal::no_vmx: return "this processor has no VMX (CPUID.1:ECX[5] is 0)";
        case VmxRefusal::hidden:
            return "a hypervisor runs this machine and shows no VMX (CPUID.1:ECX[31] is 1, ECX[5] is 0): "
                   "let it offer nested virtualization, or start the machine without it";
        case VmxRefusal::locked_off:
            return "the firmware has locked VMX off (IA32_FEATURE_CONTROL[2]): enable it in the setup";
        case VmxRefusal::fixed_bits: return "VMX fixes CR0 or CR4 bits that this kernel needs otherwise";
        case VmxRefusal::vmxon_failed: return "VMXON failed";
    }
    return "VMX can't be used";
}

std::uint32_t vmcs_revision() {
    return static_cast<std::uint32_t>(read_msr(msr::ia32_vmx_basic).value_or(0)) & 0x7fff'ffff;
}

std::uint64_t fixed_cr0(std::uint64_t value) {
    return fixed(value, msr::ia32_vmx_cr0_fixed0, msr::ia32_vmx_cr0_fixed1);
}

std::uint64_t fixed_cr4(std::uint64_t value) {
    return fixed(value, msr::ia32_vmx_cr4_fixed0, msr::ia32_vmx_cr4_fixed1);
}

std::optional<VmxRefusal> vmx_refusal() {
    const std::uint32_t features = cpuid(1).ecx;
    if ((features & cpuid_vmx) == 0) {
        return (features & cpuid_hypervisor) != 0 ? VmxRefusal::hidden : VmxRefusal::no_vmx;
    }
    return unlock() ? std::nullopt : std::optional{VmxRefusal::locked_off};
}

std::optional<VmxRefusal> enter_vmx_operation(PhysicalAddress region) {
    if (const auto refusal = vmx_refusal()) {
        return refusal;
    }
    const std::uint64_t cr0 = fixed_cr0(read_cr0());
    const std::uint64_t cr4 = fixed_cr4(read_cr4() | cr4_vmxe);
    if ((cr0 & read_cr0()) != read_cr0() || (cr4 & read_cr4()) != read_cr4() || (cr4 & cr4_vmxe) == 0) {
        return VmxRefusal::fixed_bits;
    }
    write_cr0(cr0);
    write_cr4(cr4);
    *at<std::uint32_t>(region) = vmcs_revision();
    if (vmxon(region) != VmxOutcome::succeed) {
        return VmxRefusal::vmxon_failed;
    }
    return std::nullopt;
}

}  // namespace vmxspec::runtime
