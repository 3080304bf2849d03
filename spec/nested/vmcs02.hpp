// VMCS12 -> VMCS02, a row a field. Cited: SDM chapter 27.
#pragma once

#include "spec/load/registers.hpp"
#include "spec/nested/field_table.hpp"
#include "spec/nested/level0.hpp"

namespace vmxspec::nested {

// The parts; vmcs02_rows() has all of them.
void vmcs02_controls(FieldTable& table, const State& s, const Level0& l0);
void vmcs02_guest(FieldTable& table, const State& s, const Level0& l0, const load::Registers& loaded);
void vmcs02_host(FieldTable& table, const State& s, const Level0& l0);

/// A row for every field but VM-exit information, in the order of the encodings within each struct of
/// `spec/state/vmcs.hpp`. `loaded` is what VMCS12 would load. Throws std::logic_error where a field has no row.
[[nodiscard]] FieldTable vmcs02_rows(const State& s, const Level0& l0, const load::Registers& loaded);

/// The processor and VMCS that L0's VM entry is about, in the place of those of L1's: fields have the values of the
/// rows, capability MSRs are the real ones, and the processor before the entry is L0's own.
[[nodiscard]] View vmcs02_view(const State& s, const Level0& l0, const FieldTable& rows);

}  // namespace vmxspec::nested
