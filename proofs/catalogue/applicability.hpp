// Which processors a rule applies to: whether a VM entry on the processor of a profile can break it.
#pragma once

#include "proofs/smt/solver.hpp"
#include "proofs/state/profile.hpp"
#include "spec/specification.hpp"

#include <vector>

namespace vmxspec::catalogue {

enum class Breakable : std::uint8_t {
    alone,        ///< some VM entry breaks it and keeps all other rules
    with_others,  ///< only together with other rules, such as that of a control the processor does not have
    never,        ///< no VM entry breaks it
    unknown,      ///< the solver ran into its limit
};

struct Applicability {
    Breakable breakable = Breakable::unknown;
    std::vector<const Rule*> with;  ///< of with_others: rules that cannot all be kept
};

/// Asks rule by rule for one processor.
class Processor {
public:
    Processor(Specification& spec, const Profile& profile);

    [[nodiscard]] Applicability operator()(const Rule& rule);

private:
    Specification& spec_;
    smt::Solver solver_;
};

}  // namespace vmxspec::catalogue
