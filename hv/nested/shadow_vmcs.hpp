/// VMCS shadowing (SDM 27.10): L1 reads and writes the fields that it uses most without VM exits.
#pragma once

#include "hv/nested/nested.hpp"

namespace vmxspec::hv {

/// Uses it if the processor has it; VMCS01 must be current, and must be made current again.
void begin_shadowing(Processor& processor);

/// From now on L1 reaches the shadow VMCS, or nothing: as there is a current VMCS12. VMCS01 must be current.
void link_shadow(Processor& processor);

/// VMCS12's values go to the shadow VMCS. Another VMCS must be made current afterwards.
void publish_to_shadow(Nested& nested);

/// What L1 has written to the shadow VMCS becomes VMCS12's. Another VMCS must be made current afterwards.
void collect_from_shadow(Nested& nested);

/// Whether VMREAD of the field causes no VM exit.
[[nodiscard]] inline bool is_shadowed(const Nested& nested, std::uint64_t encoding) {
    const auto* const bitmap = runtime::at<const std::uint8_t>(nested.shadow.vmread_bitmap);
    return nested.shadow.is_there && (bitmap[encoding / 8] >> (encoding & 7) & 1) == 0;
}

}  // namespace vmxspec::hv
