/// VMCS02: the VMCS under which L2 runs. Its fields are the generated rows over VMCS12.
#pragma once

#include "hv/nested/nested.hpp"

namespace vmxspec::hv {

/// Nothing of VMCS02 is as VMCS12 wants it, and no rule is known to be kept: another VMCS12 has become current.
void forget_all_rows(Nested& nested);

/// What the rows read of VMCS01, which must be current, and of the addresses that VMCS12 has.
void prepare_rows(Processor& processor);

/// Writes the fields of VMCS02, which must be current, that are not as VMCS12 wants them.
void write_rows(Processor& processor);

/// What a VM exit of L2's has left in VMCS02, which is current: into Nested::exited and Nested::exiting, but for what
/// VMCS12 only has to take.
void read_exited(Nested& nested);

/// VMCS12 after that VM exit (SDM 30.2, 30.3); VMCS02 is current.
void save_to_vmcs12(Nested& nested);

}  // namespace vmxspec::hv
