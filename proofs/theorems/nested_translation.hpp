// The translation VMCS12 -> VMCS02 and back: parts of nested_theorems(), and the family of its generated header.
#pragma once

#include "proofs/theorems/theorem.hpp"
#include "spec/nested/requirements.hpp"

namespace vmxspec::proofs {

/// The requirements but VMCS01's checks and the addresses, and VMCS12 has no control that L1 is not offered.
[[nodiscard]] std::vector<Bool> nested_ground(Specification& spec, const nested::Translation& translation);

[[nodiscard]] std::vector<Theorem> nested_offered_theorems(Specification& spec, const nested::Translation& translation);
[[nodiscard]] std::vector<Theorem> nested_validity_theorems(Specification& spec,
                                                            const nested::Translation& translation);
[[nodiscard]] std::vector<Theorem> nested_loaded_theorems(Specification& spec, const nested::Translation& translation);
[[nodiscard]] std::vector<Theorem> nested_address_theorems(Specification& spec, const nested::Translation& translation);
[[nodiscard]] std::vector<Theorem> nested_need_theorems(Specification& spec, const nested::Translation& translation);
[[nodiscard]] std::vector<Theorem> nested_msr_theorems(Specification& spec, const nested::Translation& translation);
[[nodiscard]] std::vector<Theorem> nested_time_theorems(Specification& spec, const nested::Translation& translation);
[[nodiscard]] std::vector<Theorem> nested_exit_theorems(Specification& spec, const nested::Translation& translation);

/// The generated translation is the specification's; of all_theorems().
[[nodiscard]] std::vector<Theorem> generated_nested_theorems(Specification& spec);

}  // namespace vmxspec::proofs
