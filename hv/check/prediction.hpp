/// What the manual says of the VM entry that the current VMCS describes, before it is made.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "hv/check/memory_operands.hpp"
#include "hv/check/rule_table.hpp"
#include "vmxspec/generated/entry_checks.hpp"
#include "vmxspec/generated/entry_load.hpp"

namespace vmxspec::hv {

using generated::Outcome;

/// The rules that an entry breaks, and the outcomes that the manual allows for it. Within SDM 29.2, and within 29.3,
/// checks may be made in any order, so that there may be several outcomes; a later step is not come to.
class Prediction {
public:
    /// Judges a state by the generated checks; if it breaks none, also the VM-entry MSR-load area (SDM 29.4), for only
    /// then does the processor come to it.
    Prediction(const State& s, const MemoryOperands& memory, const Circumstances& circumstances);

    [[nodiscard]] bool enters() const { return first_broken_ == generated::rule_count && broken_msr_rules_ == 0; }

    /// Whether the manual allows that the entry fails this way.
    [[nodiscard]] bool allows(const Outcome& outcome) const;

    /// Calls visit(rule id, SDM section) for every rule that is broken, in the manual's order.
    template <class Visit>
    void each_broken(Visit visit) const {
        for (std::size_t n = first_broken_; n < generated::rule_count; ++n) {
            if (broken_.contains(static_cast<generated::Rule>(n))) {
                visit(rule_id(n), rule_section(n));
            }
        }
        each_broken_msr_rule(visit);
    }

    /// The same for the rules that may decide what the failure is: those of the first step that is not passed.
    template <class Visit>
    void each_deciding(Visit visit) const {
        for (std::size_t n = first_broken_; n < generated::rule_count; ++n) {
            if (decides(n)) {
                visit(rule_id(n), rule_section(n));
            }
        }
        each_broken_msr_rule(visit);
    }

    /// Calls visit(outcome) for each outcome that the manual allows, each once; not at all if the entry succeeds.
    template <class Visit>
    void each_outcome(Visit visit) const {
        for (std::size_t n = 0; n < outcome_count_; ++n) {
            visit(outcomes_[n]);
        }
    }

    /// What checks read from memory.
    [[nodiscard]] const MemoryOperands& memory() const { return memory_; }

    /// Whether all that checks read could be read. If not, rules that read the rest are judged as if it were 0, and an
    /// MSR-load area that may not be read as if it were empty.
    [[nodiscard]] bool complete() const { return !memory_.unreadable && !area_unreadable_; }

private:
    static_assert(generated::msr_rule_count <= 32);
    static constexpr std::size_t most_outcomes = 8;  // 29.3 has four, the other steps fewer

    void load_msrs(const State& s, const Circumstances& circumstances);
    void add(const Outcome& outcome);

    /// Whether rule n is broken and may be the one that is reported. Checks of 29.1 are made in order.
    [[nodiscard]] bool decides(std::size_t n) const;

    template <class Visit>
    void each_broken_msr_rule(Visit visit) const {
        for (std::size_t n = 0; n < generated::msr_rule_count; ++n) {
            if ((broken_msr_rules_ >> n & 1) != 0) {
                visit(generated::msr_rule_information[n].id, generated::msr_rule_information[n].section);
            }
        }
    }

    generated::RuleSet broken_;
    std::size_t first_broken_ = 0;        // rule_count if none is
    std::uint32_t broken_msr_rules_ = 0;  // of the first entry of the area that fails; bit n is rule n
    std::array<Outcome, most_outcomes> outcomes_{};
    std::size_t outcome_count_ = 0;
    MemoryOperands memory_;
    bool area_unreadable_ = false;
};

/// Predicts the VM entries of one logical processor.
class EntryCheck {
public:
    /// Reads the processor: to be made in VMX root operation, once.
    EntryCheck() : processor_{read_processor()} {}

    /// What would come of the VM entry if its instruction were executed now.
    [[nodiscard]] Prediction predict(const Circumstances& circumstances) const;

private:
    State processor_;
};

}  // namespace vmxspec::hv
