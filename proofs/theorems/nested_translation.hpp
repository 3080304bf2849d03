// The translation VMCS12 -> VMCS02 and back: parts of nested_theorems(), and the family of its generated header.
#pragma once

#include "proofs/theorems/theorem.hpp"
#include "spec/nested/requirements.hpp"

namespace vmxspec::proofs {

/// The requirements but VMCS01's checks and the addresses, and VMCS12 has no control that L1 is not offered.
[[nodiscard]] std::vector<Bool> nested_ground(Specification& spec, const nested::Translation& translation);

/// What may be answered when it is asked whether a VMCS keeps the rule: true or false.
[[nodiscard]] Bool answer(Specification& spec, const Rule& rule, std::string_view vmcs = "vmcs12");
/// VMCS02 does not fail where VMCS12 passes; from the statements of translation/valid.
[[nodiscard]] Theorem nested_entry_theorem(Specification& spec);

[[nodiscard]] std::vector<Theorem> nested_offered_theorems(Specification& spec, const nested::Translation& translation);
[[nodiscard]] std::vector<Theorem> nested_validity_theorems(Specification& spec,
                                                            const nested::Translation& translation);
[[nodiscard]] std::vector<Theorem> nested_loaded_theorems(Specification& spec, const nested::Translation& translation);
[[nodiscard]] std::vector<Theorem> nested_address_theorems(Specification& spec, const nested::Translation& translation);
[[nodiscard]] std::vector<Theorem> nested_need_theorems(Specification& spec, const nested::Translation& translation);
[[nodiscard]] std::vector<Theorem> nested_msr_theorems(Specification& spec, const nested::Translation& translation);
[[nodiscard]] std::vector<Theorem> nested_time_theorems(Specification& spec, const nested::Translation& translation);
[[nodiscard]] std::vector<Theorem> nested_exit_theorems(Specification& spec, const nested::Translation& translation);

// Of all_theorems(), for they are about generated code.
/// The generated translation is the specification's.
[[nodiscard]] std::vector<Theorem> generated_nested_theorems(Specification& spec);
/// A VM entry fails as the manual says of the processor that L1 sees.
[[nodiscard]] std::vector<Theorem> nested_failure_theorems(Specification& spec);

}  // namespace vmxspec::proofs
