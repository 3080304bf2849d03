// What a result says, for people, and whether all is as it should be.
#pragma once

#include "proofs/validation/unexercised.hpp"

#include <optional>

namespace vmxspec::validation {

struct Verdict {
    std::string text;          ///< lines
    bool as_it_should = true;  ///< nothing is red; what could not be judged is not
};

/// Red are differences that nothing explains, and of a set of vectors that more than one in twenty cannot be judged.
/// With the list of unexercised checks the result is one of all vectors, and red are, too: known divergences of this
/// machine that are not seen, or not in their evidence; checks that are not put to the test though nothing says why;
/// reasons that are none any more.
[[nodiscard]] Verdict verdict(const Result& result, const std::optional<Unexercised>& coverage);

}  // namespace vmxspec::validation
