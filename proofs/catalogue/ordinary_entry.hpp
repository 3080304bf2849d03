// A VM entry that passes all checks and that the examples of the catalogue are changes of: a 64-bit host enters a
// 64-bit guest with EPT, on a processor that has everything the manual describes.
#pragma once

#include "proofs/state/known_state.hpp"
#include "spec/specification.hpp"

namespace vmxspec::catalogue {

/// The values of all leaves, by leaf number. Throws std::logic_error when they break a check: then the table behind
/// them needs a further row.
[[nodiscard]] std::vector<std::uint64_t> ordinary_entry(const Specification& spec);

/// The checks of these tables that the values of all leaves break, by evaluation, without a solver. An entry of an MSR
/// area is that of the VM-entry area for `msr_load.rules`, that of a VM-exit area for `exit_rules`.
[[nodiscard]] std::vector<const Rule*> broken(const Specification& spec, const std::vector<std::uint64_t>& values,
                                              std::initializer_list<const RuleTable*> tables);

}  // namespace vmxspec::catalogue
