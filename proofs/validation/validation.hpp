// VM entries that a machine made, compared with the specification one by one.
#pragma once

#include "proofs/query/divergence.hpp"
#include "proofs/query/message.hpp"
#include "proofs/validation/exercise.hpp"

#include <functional>
#include <memory>

namespace vmxspec::validation {

/// What is known of the machine beforehand.
struct Knowledge {
    std::vector<query::Divergence> divergences;
    std::unique_ptr<query::Messages> messages;  ///< null: what the machine said is not looked at
    std::string digest;                         ///< of both
};

/// Reads the files; an empty name stands for none. Throws InputError.
[[nodiscard]] Knowledge knowledge(Specification& spec, const std::string& divergences, const std::string& messages);

/// One entry, as it was found.
struct Look {
    const query::TraceEntry& entry;
    const query::Comparison& comparison;
    bool known = false;  ///< a divergence explains the difference
};

/// Compares all entries of a trace; `told` hears of each. Of a shard other than the first the base state, which each of
/// them tries, is not counted.
[[nodiscard]] Result validate(Specification& spec, const query::Trace& trace, Knowledge& knowledge,
                              const vectors::VectorSet& set, const std::function<void(const Look&)>& told);

}  // namespace vmxspec::validation
