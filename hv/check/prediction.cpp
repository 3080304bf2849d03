#include "hv/check/prediction.hpp"

namespace vmxspec::hv {

namespace {

constexpr std::uint32_t msr_load_failure = 34;  // basic exit reason (SDM appendix C)

/// The rules that entry `failed` of the area breaks, a bit a rule; `load_msrs` names the first only.
std::uint32_t broken_rules(const State& s, const generated::MsrAreaEntry& failed, std::uint64_t efer, bool unlisted) {
    generated::MsrEntryState<std::uint64_t> entry;
    entry.index = failed.index;
    entry.reserved = failed.reserved;
    entry.data = failed.data;
    entry.efer_before = efer;
    entry.unlisted_accepted = unlisted;
    std::uint32_t broken = 0;
    generated::each_msr_rule(s, entry, [&](generated::MsrRule rule, bool kept) {
        broken |= kept ? 0 : std::uint32_t{1} << static_cast<unsigned>(rule);
    });
    return broken;
}

}  // namespace

Prediction::Prediction(const State& s, const MemoryOperands& memory, const Circumstances& circumstances)
    : broken_{generated::violations(s)}, memory_{memory} {
    while (first_broken_ < generated::rule_count && !broken_.contains(static_cast<generated::Rule>(first_broken_))) {
        ++first_broken_;
    }
    if (first_broken_ == generated::rule_count) {
        load_msrs(s, circumstances);
        return;
    }
    for (std::size_t n = first_broken_; n < generated::rule_count; ++n) {
        if (decides(n)) {
            each_rule_outcome(n, [this](const Outcome& outcome) { add(outcome); });
        }
    }
}

bool Prediction::decides(std::size_t n) const {
    const generated::Stage stage = rule_stage(first_broken_);
    if (stage == generated::Stage::basic) {
        return n == first_broken_;
    }
    return broken_.contains(static_cast<generated::Rule>(n)) && rule_stage(n) == stage;
}

void Prediction::load_msrs(const State& s, const Circumstances& circumstances) {
    const std::uint64_t size = s.control_entry_msr_load_count * sizeof(generated::MsrAreaEntry);
    if (size == 0) {
        return;
    }
    if (!readable(circumstances.readable, s.control_entry_msr_load, size)) {
        area_unreadable_ = true;
        return;
    }
    const auto* area = runtime::at<const generated::MsrAreaEntry>(runtime::PhysicalAddress{s.control_entry_msr_load});
    const bool unlisted = circumstances.unlisted_msrs_accepted;
    const auto count = static_cast<std::uint32_t>(s.control_entry_msr_load_count);
    const generated::MsrLoadResult result = generated::load_msrs(s, area, count, unlisted);
    if (result.failed_entry != 0) {
        broken_msr_rules_ = broken_rules(s, area[result.failed_entry - 1], result.efer, unlisted);
        add({generated::Channel::entry_failure, msr_load_failure, result.failed_entry});
    }
}

void Prediction::add(const Outcome& outcome) {
    if (!allows(outcome) && outcome_count_ < most_outcomes) {
        outcomes_[outcome_count_++] = outcome;
    }
}

bool Prediction::allows(const Outcome& outcome) const {
    for (std::size_t n = 0; n < outcome_count_; ++n) {
        if (outcomes_[n] == outcome) {
            return true;
        }
    }
    return false;
}

Prediction EntryCheck::predict(const Circumstances& circumstances) const {
    State s = processor_;
    read_entry(s, circumstances);
    const MemoryOperands memory = read_memory_operands(s, circumstances.readable);
    return {s, memory, circumstances};
}

}  // namespace vmxspec::hv
