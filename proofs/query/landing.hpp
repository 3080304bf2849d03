// The processor after a VM entry, a VM exit or a failed VM entry, with the MSRs that the transition's MSR-load area
// loads. Before an injected event is delivered, and before the guest or the host executes anything.
#pragma once

#include "proofs/theorems/processor_state.hpp"
#include "spec/specification.hpp"

namespace vmxspec::query {

/// Entries of an MSR-load area that are considered; what is proven holds for at most so many.
inline constexpr unsigned most_msr_entries = 4;

enum class Transition : std::uint8_t {
    entry,    ///< SDM 29.3.2, 29.4, 29.7
    exit,     ///< SDM 30.2, 30.5, 30.6
    failure,  ///< SDM 29.8
};

struct Landing {
    const load::LoadTable* table = nullptr;
    /// The transition is made and ends there: the checks that precede it hold, its MSR-load area is accepted, nothing
    /// aborts it; and the processor was before in a state that the architecture allows.
    Bool made;
    load::Values values;  ///< registers, and as vmcs.* the fields of the VMCS that the transition writes
    load::Values open;    ///< their bits that the manual leaves undefined: in `values` they are those of fresh leaves
};

/// Names of the fresh leaves begin so.
inline constexpr std::string_view undefined_area = "undefined.";

[[nodiscard]] Landing landing(Specification& spec, Transition transition);

}  // namespace vmxspec::query
