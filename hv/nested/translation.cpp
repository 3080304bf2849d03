#include "hv/nested/translation.hpp"

#include "hv/l1/vmcs.hpp"
#include "runtime/cpu/vmx.hpp"

namespace vmxspec::hv {

using runtime::VmxOutcome;

void invalidate_ept(const Processor& processor, std::uint64_t pointer) {
    const auto type =
        processor.controls.invept_single ? runtime::InveptType::single_context : runtime::InveptType::global;
    if (runtime::invept(type, pointer) != VmxOutcome::succeed) {
        vmxspec_vmcs_access_failed();
    }
}

void forget_vpid(const Processor& processor, std::uint16_t vpid) {
    if (!processor.controls.vpid) {
        return;
    }
    const auto type =
        processor.controls.invvpid_single ? runtime::InvvpidType::single_context : runtime::InvvpidType::all_contexts;
    if (runtime::invvpid(type, vpid, 0) != VmxOutcome::succeed) {
        vmxspec_vmcs_access_failed();
    }
}

}  // namespace vmxspec::hv
