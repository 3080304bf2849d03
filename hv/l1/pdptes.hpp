/// PDPTEs, which PAE paging keeps in registers (SDM volume 3, section 5.4.1).
#pragma once

namespace vmxspec::hv {

/// Loads PDPTEs into the VMCS, from where the CR3 field points to. \return false if one has a reserved bit: #GP(0), and
/// nothing is loaded
[[nodiscard]] bool load_pdptes();

}  // namespace vmxspec::hv
