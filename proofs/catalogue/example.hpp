// What breaks one rule and no other: a few values of the ordinary VM entry changed.
#pragma once

#include "proofs/smt/solver.hpp"
#include "spec/specification.hpp"

#include <functional>
#include <span>
#include <vector>

namespace vmxspec::catalogue {

/// Leaf `leaf` of the ordinary VM entry, and what it is instead.
struct Change {
    std::size_t leaf;
    std::uint64_t from;
    std::uint64_t to;
};

struct Example {
    std::vector<Change> changes;          ///< empty when no VM entry breaks the rule alone
    std::vector<const Rule*> implied_by;  ///< then: rules that cannot all be kept when it is broken
};

/// Searches examples, one rule after the other; the solver learns on the way.
class ExampleSearch {
public:
    /// `ordinary` has the values of all leaves. Those that are `fixed` never change.
    ExampleSearch(
        Specification& spec, std::vector<std::uint64_t> ordinary,
        const std::function<bool(std::size_t)>& fixed = [](std::size_t) { return false; });

    /// The example of a rule. Values change only where the rule asks for it, fields of the VMCS before the processor,
    /// and of a value as few bits as possible. Throws std::runtime_error when the solver finds no answer.
    [[nodiscard]] Example operator()(const Rule& rule);

    /// Leaves that checks read.
    [[nodiscard]] const std::vector<std::size_t>& leaves() const { return leaves_; }

    /// The VM entry nearest to the ordinary one in which a condition of such leaves holds, and all checks but those
    /// that are `given_up`; nothing changes if the ordinary one is that. With `implied_by` there is none: these are
    /// checks that cannot all be kept then.
    [[nodiscard]] Example operator()(Bool wish, std::span<const Rule* const> given_up);

    /// From now on examples are near another ordinary VM entry, whose fixed leaves have the same values.
    void start_from(std::vector<std::uint64_t> ordinary) { ordinary_ = std::move(ordinary); }

private:
    /// High to low bits of a leaf that are as in the ordinary VM entry.
    struct Kept {
        std::size_t leaf;
        unsigned high;
        unsigned low;
    };
    /// The search for one rule.
    struct Task {
        const Rule& rule;
        std::vector<const Rule*> owners;    ///< of `rules`
        std::vector<Bool> rules;            ///< the broken rule negated, then those that are kept
        std::vector<std::size_t> reads;     ///< leaves that the broken rule reads
        std::vector<Kept> kept;             ///< what has not changed
        std::vector<std::uint64_t> values;  ///< of all leaves; fulfil all the above once the first check did
    };

    [[nodiscard]] Task task(const Rule& rule, std::span<const Rule* const> given_up = {}) const;
    [[nodiscard]] Example example(const Task& task) const;
    [[nodiscard]] bool find(Task& task);
    [[nodiscard]] Bool condition(const Kept& bits) const;
    [[nodiscard]] bool flip_one_bit(Task& task) const;
    [[nodiscard]] smt::Satisfiability solve(Task& task);
    [[nodiscard]] bool loosen(Task& task);
    [[nodiscard]] bool keep(Task& task, const Kept& bits);
    [[nodiscard]] bool fulfils(const Task& task, std::vector<std::uint64_t>& values) const;
    void tighten(Task& task, const Kept& range);
    [[nodiscard]] std::vector<const Rule*> implying(const Task& task);
    [[nodiscard]] bool of_vmcs(std::size_t leaf) const;

    Specification& spec_;
    std::vector<std::uint64_t> ordinary_;
    std::size_t efer_before_;          ///< a leaf that follows from the others
    std::vector<Bool> consistent_;     ///< what holds of every processor, and of the first entry of the MSR-load area
    std::vector<std::size_t> leaves_;  ///< that checks read
    smt::Solver solver_;
};

/// The checks that an example of this rule keeps: those of the VM entry, and for a rule of VM exits those of exits.
[[nodiscard]] std::vector<const Rule*> other_checks(const Specification& spec, const Rule& rule);

/// What every processor and the first entry of the MSR-load area fulfil.
[[nodiscard]] std::vector<Bool> consistency(Specification& spec);

}  // namespace vmxspec::catalogue
