// Why no VM entry of a machine breaks a rule alone, proven by the solver.
#pragma once

#include "proofs/smt/solver.hpp"
#include "proofs/vectors/vector.hpp"

#include <functional>

namespace vmxspec::vectors {

/// Asks for one machine, of which these leaves never change.
class Unbreakable {
public:
    /// `base` is the machine; what is unknown of it is taken as 0, and said to be that.
    Unbreakable(Specification& spec, const KnownState& base, const std::function<bool(std::size_t)>& fixed);

    /// What stands in the way of breaking the rule and no other: values of the machine, rules. Throws
    /// std::runtime_error when the solver finds no answer, std::logic_error when nothing stands in the way.
    [[nodiscard]] LeftOut operator()(const Rule& rule);
    /// The same of what is broken where `rule` is kept and applies: `kept` is no rule, but says that it is not so.
    [[nodiscard]] LeftOut keeping(const Rule& rule, const Rule& kept);

private:
    /// What an answer may rest on.
    struct Ground {
        const Rule* rule = nullptr;  ///< that it is kept; null: the leaf's value
        std::size_t leaf = 0;
    };
    [[nodiscard]] std::vector<Ground> smallest(const Rule& rule, const std::vector<Ground>& grounds);
    [[nodiscard]] Bool condition(const Ground& ground) const;
    [[nodiscard]] std::uint64_t value(std::size_t leaf) const;
    [[nodiscard]] bool is_known(std::size_t leaf) const;
    [[nodiscard]] std::string words(std::size_t leaf) const;

    Specification& spec_;
    const KnownState& base_;
    std::vector<std::size_t> fixed_;  ///< those that checks read
    smt::Solver solver_;
};

}  // namespace vmxspec::vectors
