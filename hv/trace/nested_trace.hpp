/// Where hv/nested tells the trace of a VM entry of L1's, if there is a trace.
#pragma once

#include "hv/l1/vmcs.hpp"
#include "hv/nested/nested.hpp"
#include "hv/trace/entry_trace.hpp"

namespace vmxspec::hv {

/// It keeps the rules of SDM 29.1 to 29.3.
inline void trace_entry(Nested& nested) {
    if (nested.trace != nullptr) {
        nested.trace->enters(nested);
    }
}

/// It breaks some of them, or ends by a row that is about something else.
template <class Reason>
void trace_refusal(Nested& nested, const Reason& reason) {
    if (nested.trace != nullptr) {
        nested.trace->refused(nested, reason);
    }
}

/// It has failed behind the checks of 29.2, and L1's state is loaded.
inline void trace_failure(Nested& nested, const generated::Outcome& outcome) {
    if (nested.trace != nullptr) {
        nested.trace->fails(nested, outcome);
    }
}

/// L1's state cannot be loaded.
inline void trace_abort(Nested& nested) {
    if (nested.trace != nullptr) {
        nested.trace->dies(nested);
    }
}

/// A VM exit of L2's, maybe the first one. VMCS02 is current.
inline void trace_entered(Nested& nested, std::uint64_t reason) {
    if (nested.trace != nullptr) {
        nested.trace->entered(nested, reason, read(Field::exit_qualification));
    }
}

}  // namespace vmxspec::hv
