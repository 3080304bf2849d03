// VirtualBox's own checks of the guest state after a failed entry, which it reports as "HM error" in VBox.log.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vmxspec::query {

/// One check, by its number: VMX_IGS_... in include/VBox/vmm/hm_vmx.h of VirtualBox.
struct VirtualBoxCheck {
    std::uint64_t number;
    std::string_view name;   ///< without VMX_IGS_
    std::string_view rules;  ///< ids of the rules that it checks, with ", " between them
};

/// All checks that are of rules of the manual, by number.
[[nodiscard]] std::span<const VirtualBoxCheck> virtualbox_checks();

}  // namespace vmxspec::query
