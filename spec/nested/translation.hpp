// The nested translation as one object: what L1 is offered, VMCS12 -> VMCS02, and the way back.
#pragma once

#include "spec/nested/capabilities.hpp"
#include "spec/nested/vmcs02.hpp"
#include "spec/nested/way_back.hpp"
#include "spec/specification.hpp"

namespace vmxspec::nested {

class Translation {
public:
    /// Adds its leaves and expressions to the specification, unless they are there.
    explicit Translation(Specification& spec);
    Translation(const Translation&) = delete;
    Translation& operator=(const Translation&) = delete;

    Level0 l0;
    View exited;  ///< VMCS02 after a VM exit of L2's

    std::vector<OfferedMsr> offered;
    FieldTable vmcs02;
    FieldTable saved;
    FieldTable l1;
    std::vector<SoftwareLoad> entry_loads, exit_loads;
    std::vector<MsrField> msrs;

    // The readings of the specification's own expressions.
    View as_l1;  ///< over the processor that L1 sees: what of VMCS12 decides L1's VM entry
    View as_l0;  ///< over VMCS02 and the real processor: what decides L0's VM entry
};

}  // namespace vmxspec::nested
