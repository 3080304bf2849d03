// VMCS02 -> VMCS12 at a VM exit of L2 that L1 sees, and L1's processor after it. Cited: SDM chapter 30.
#pragma once

#include "spec/load/after_exit.hpp"
#include "spec/nested/field_table.hpp"
#include "spec/nested/level0.hpp"

namespace vmxspec::nested {

/// Fields of VMCS02 as the VM exit of L2 left them, `vmcs02.*`, in the place of those of VMCS12. Where L0 makes up a VM
/// exit, it writes its information into these. Adds the leaves, unless they are there.
[[nodiscard]] View exited_vmcs02(State& s);

/// What `exiting.*` is at that VM exit: the registers that VMCS02 has saved.
[[nodiscard]] View exiting_view(const State& s, const View& vmcs02);

/// Rows for the fields of VMCS12 that the exit changes: information (30.2), the VM-entry controls (30.2), guest state
/// (30.3). `after_exit` is the specification's. A field without a row is not changed.
[[nodiscard]] FieldTable saved_rows(const State& s, const View& vmcs02, const load::LoadTable& after_exit);

/// L1's registers after the exit, before the VM-exit MSR-load area, as fields of VMCS01: guest state, the read shadows
/// with which L1 reads CR0 and CR4, and "IA-32e mode guest". A bit that the manual leaves undefined is 0; one that the
/// exit keeps is as VMCS02 has saved it.
[[nodiscard]] FieldTable l1_rows(const State& s, const View& vmcs02, const Level0& l0,
                                 const load::LoadTable& after_exit);

/// An MSR that L0 writes by WRMSR, for no field of the VMCS that it enters with holds it.
struct SoftwareLoad {
    std::uint32_t index;
    Citation citation;
    Bool loads;
    Bits<64> value;
};

/// Before L0 enters L2 for L1's VM entry, and before it enters L1 after a VM exit of L2's.
[[nodiscard]] std::vector<SoftwareLoad> entry_software_loads(const State& s);
[[nodiscard]] std::vector<SoftwareLoad> exit_software_loads(const State& s);

/// An MSR that an MSR area of VMCS12 may name and that VM entries load from a guest-state field: L0 puts the data of
/// the area into the field of VMCS02, or after a VM exit into that of VMCS01.
struct MsrField {
    std::uint32_t index;
    std::size_t leaf;
};
[[nodiscard]] std::vector<MsrField> msr_fields(const State& s);

}  // namespace vmxspec::nested
