// Which checks VM entries put to the test: broken by one entry, kept by another to which they apply.
#pragma once

#include "proofs/query/judgement.hpp"
#include "proofs/validation/result.hpp"

namespace vmxspec::validation {

class Exercise {
public:
    /// Adds to the graph what tells whether a check applies.
    explicit Exercise(Specification& spec);

    /// Every check, with no entry counted.
    [[nodiscard]] std::map<std::string, RuleTally> none() const;

    /// Counts an entry that could be judged: the checks of the stage that decides, where they are broken, and those of
    /// the stages that it passes, where they apply. `state` is as it was judged.
    void count(std::map<std::string, RuleTally>& rules, const KnownState& state, const query::Judgement& judgement,
               std::size_t RuleTally::*also) const;

private:
    struct Check {
        const Rule* rule;
        Bool applies;
    };
    void kept(std::map<std::string, RuleTally>& rules, std::span<const Check> checks, const Evaluation& evaluation,
              std::optional<Stage> failing) const;

    const Specification& spec_;
    std::vector<Check> checks_;      ///< of 29.1 to 29.3
    std::vector<Check> msr_checks_;  ///< of 29.4
};

}  // namespace vmxspec::validation
