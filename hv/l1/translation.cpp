#include "hv/l1/translation.hpp"

#include "hv/l1/vmcs.hpp"
#include "runtime/cpu/cpuid.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/vmx.hpp"

namespace vmxspec::hv {

using runtime::VmxOutcome;

void forget_ept(const Processor& processor) {
    const auto type =
        processor.controls.invept_single ? runtime::InveptType::single_context : runtime::InveptType::global;
    if (runtime::invept(type, processor.ept.pointer()) != VmxOutcome::succeed) {
        vmxspec_vmcs_access_failed();
    }
}

void forget_linear(const Processor& processor) {
    if (!processor.controls.vpid) {
        return;
    }
    const auto type =
        processor.controls.invvpid_single ? runtime::InvvpidType::single_context : runtime::InvvpidType::all_contexts;
    if (runtime::invvpid(type, l1_vpid, 0) != VmxOutcome::succeed) {
        vmxspec_vmcs_access_failed();
    }
}

void read_memory_types(Processor& processor) {
    constexpr std::uint32_t cpuid_mtrr = 1U << 12;  // leaf 1, EDX
    if ((runtime::cpuid(1).edx & cpuid_mtrr) == 0) {
        return;
    }
    processor.memory_types.read_from([](std::uint32_t index) { return runtime::read_msr(index).value_or(0); });
}

}  // namespace vmxspec::hv
