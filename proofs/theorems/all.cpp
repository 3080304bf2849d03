#include "proofs/theorems/nested_translation.hpp"

#include <algorithm>
#include <iterator>

namespace vmxspec::proofs {

std::vector<Theorem> all_theorems(Specification& spec) {
    std::vector<Theorem> all;
    for (const auto family : {rule_theorems, profile_theorems, entry_theorems, msr_load_theorems, nested_theorems,
                              generated_theorems, machine_theorems, generated_machine_theorems, soundness_theorems,
                              failure_theorems, stage_theorems, independence_theorems, generated_load_theorems,
                              generated_c_theorems, generated_nested_theorems, nested_failure_theorems})
        std::ranges::move(family(spec), std::back_inserter(all));
    return all;
}

}  // namespace vmxspec::proofs
