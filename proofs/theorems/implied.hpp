// Rules that others imply: no VM entry fails by them alone.
#pragma once

#include <span>
#include <string_view>

namespace vmxspec::proofs {

struct Implied {
    std::string_view rule;
    std::string_view by;  ///< ids of the rules that imply it, separated by a space
    std::string_view why;
};

/// In the order of the rules.
[[nodiscard]] std::span<const Implied> implied_rules();

}  // namespace vmxspec::proofs
