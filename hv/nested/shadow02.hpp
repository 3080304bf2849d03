/// VMCS shadowing for L2 (SDM 27.6.15, 27.10): what VMCS12's link pointer leads to is a VMCS of L1's format, so
/// VMCS02's leads to one of the processor's, which has the same values in the fields that L2 may reach.
#pragma once

#include "hv/nested/controls12.hpp"
#include "hv/nested/nested.hpp"

namespace vmxspec::hv {

/// Makes it ready, where L1 is offered VMCS shadowing. Another VMCS must be made current afterwards.
void begin_shadowing_for_l2(Nested& nested);

/// Whether VMCS12 has a shadow VMCS.
[[nodiscard]] inline bool has_shadow(const Vmcs12& v) {
    return uses_secondary(v, secondary::vmcs_shadowing) && v.guest_link_pointer != ~std::uint64_t{0};
}

/// Before L2 runs, with "VMCS shadowing": bitmaps and fields as L1 has them. Another VMCS must be made current
/// afterwards.
void publish_to_shadow02(Nested& nested);

/// Before L1 runs: what L2 has written is in L1's memory. Another VMCS must be made current afterwards.
void collect_from_shadow02(Nested& nested);

/// VMREAD and VMWRITE of L2's that exit: a field that L1's VMCSs do not have, or L1 has asked for it.
/// \return whether the exit is the hypervisor's, and has been handled
[[nodiscard]] bool ends_field_access(Processor& processor, Registers& registers, bool is_write);

}  // namespace vmxspec::hv
