// The search for a repair: wishes that values and bits stay as they are, under the rules.
#pragma once

#include "proofs/query/repair.hpp"
#include "proofs/smt/solver.hpp"

#include <set>

namespace vmxspec::query {

/// Looks for the smallest change of chosen fields and entries of the MSR-load area. What else is known stays.
class RepairSearch {
public:
    /// `fields` are leaves; `entries` count from 0, and their data may change.
    RepairSearch(Specification& spec, const KnownState& known, const Judgement& judgement, std::set<std::size_t> fields,
                 const std::set<std::size_t>& entries, unsigned milliseconds);

    /// The smallest change that is still allowed, or nothing.
    [[nodiscard]] std::optional<Repair> next();
    /// No later answer makes all of these changes, or any of them.
    void forbid_all(const Repair& repair);
    void forbid_any(const Repair& repair);
    /// Later answers keep this rule whatever the unknown values are. (Two opposite values of each are tried: the judge
    /// has the last word.)
    void keep_for_all(const Rule& rule);

private:
    [[nodiscard]] Bool equals(NodeId node, std::uint64_t mask, std::uint64_t value);
    [[nodiscard]] Bool made(const Change& change);
    [[nodiscard]] bool judged(const Rule& rule, std::optional<std::size_t> entry) const;
    void prefer(NodeId node, std::uint64_t value);
    void bind(std::size_t leaf);
    void area(const std::set<std::size_t>& entries);

    Specification& spec_;
    const KnownState& known_;
    const Judgement& judgement_;
    std::set<std::size_t> fields_;
    smt::Optimizer optimizer_;
    std::vector<std::pair<std::size_t, std::size_t>> data_;  ///< entry of the area, leaf of its data
};

}  // namespace vmxspec::query
