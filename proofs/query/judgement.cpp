#include "proofs/query/judgement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace vmxspec::query {

namespace {

class Judge {
public:
    Judge(const Specification& spec, const KnownState& known) : spec_{spec}, known_{known} {}

    Judgement run() {
        const Evaluation evaluation{spec_.graph, known_.values()};
        for (const Rule& rule : spec_.rules) look(evaluation, rule, std::nullopt, rule.outcomes);
        msr_area(evaluation[spec_.loaded.efer.id()]);
        decide();
        return std::move(result_);
    }

private:
    /// True when the rule holds.
    bool look(const Evaluation& evaluation, const Rule& rule, std::optional<std::size_t> entry,
              std::vector<Outcome> outcomes) {
        if (rule.kind == RuleKind::procedure) return true;
        const std::optional<bool> kept = evaluation.truth(rule.condition.id());
        if (kept == true) {
            ++result_.held;
            return true;
        }
        Finding finding{&rule, entry, std::move(outcomes), {}};
        if (!kept) {
            finding.leaves = evaluation.undecided_by(rule.condition.id());
            if (rule.kind == RuleKind::check) result_.undecided.push_back(std::move(finding));
            return false;
        }
        finding.leaves = spec_.graph.support(std::array{rule.condition.id()});
        (rule.kind == RuleKind::advice ? result_.advice : result_.violated).push_back(std::move(finding));
        return false;
    }

    void msr_area(Known efer) {
        result_.efer.loaded = efer;
        const std::optional<std::uint64_t> count = known_.value("control.entry_msr_load_count");
        const std::size_t told = known_.entry_msr_load.size();
        const std::size_t entries = count ? std::min<std::uint64_t>(*count, told) : told;
        area_known_ = count && *count <= told;
        for (std::size_t k = 0; k < entries; ++k) {
            result_.efer.before.push_back(efer);
            const Evaluation evaluation{spec_.graph, with_entry(known_, known_.entry_msr_load[k], efer)};
            bool all_hold = true;
            for (const Rule& rule : spec_.msr_load.rules) {
                std::vector<Outcome> outcomes = rule.outcomes;
                for (Outcome& outcome : outcomes) outcome.qualification = k + 1;
                all_hold = look(evaluation, rule, k, std::move(outcomes)) && all_hold;
            }
            if (evaluation.truth(spec_.msr_load.accepted.id()) == false) break;
            efer = evaluation[spec_.msr_load.efer_after.id()];
        }
        result_.efer.last = efer;
        if (!area_known_ && result_.violated.empty()) unseen_entries(count, told);
    }

    /// The dump tells fewer entries than the count: nothing can be said of the rest.
    void unseen_entries(std::optional<std::uint64_t> count, std::size_t told) {
        Finding finding{spec_.msr_load.rules.find("msr-load.wrmsr-gp"), std::nullopt, {}, {}};
        if (count) {
            finding.msr_entry = told;
        } else {
            finding.leaves = {known_.state().leaf("control.entry_msr_load_count")};
        }
        result_.undecided.push_back(std::move(finding));
    }

    void decide() {
        result_.decision = !result_.violated.empty()    ? Decision::fails
                           : !result_.undecided.empty() ? Decision::undecided
                                                        : Decision::enters;
        if (result_.decision != Decision::fails) return;
        const Stage first = *first_failing_stage(result_);
        std::set<Outcome> outcomes;
        const auto add = [&](const std::vector<Finding>& findings) {
            for (const Finding& finding : findings)
                if (finding.rule->stage <= first) outcomes.insert(finding.outcomes.begin(), finding.outcomes.end());
        };
        // 29.1 is checked in order: the first that fails decides. An undecided check of an earlier or the same step
        // may be what the processor reports instead.
        if (first == Stage::basic) {
            outcomes.insert(result_.violated.front().outcomes.begin(), result_.violated.front().outcomes.end());
        } else {
            add(result_.violated);
        }
        add(result_.undecided);
        result_.outcomes.assign(outcomes.begin(), outcomes.end());
    }

    const Specification& spec_;
    const KnownState& known_;
    Judgement result_;
    bool area_known_ = false;
};

}  // namespace

std::vector<Known> with_entry(const KnownState& known, const MsrAreaEntry& entry, Known efer_before) {
    const State& s = known.state();
    std::vector<Known> leaves = known.values();
    const auto put = [&](const char* name, const auto& value, unsigned width) {
        leaves[s.leaf(name)] = value ? Known::exactly(*value, width) : Known::unknown();
    };
    put("msr_entry.index", entry.index, 32);
    put("msr_entry.reserved", entry.reserved, 32);
    put("msr_entry.data", entry.data, 64);
    leaves[s.leaf("msr_entry.efer_before")] = efer_before;
    return leaves;
}

std::optional<Stage> first_failing_stage(const Judgement& judgement) {
    if (judgement.violated.empty()) return std::nullopt;
    return std::ranges::min(judgement.violated, {}, [](const Finding& finding) { return finding.rule->stage; })
        .rule->stage;
}

Judgement judge(const Specification& spec, const KnownState& state) { return Judge{spec, state}.run(); }

const char* to_text(Decision decision) {
    switch (decision) {
        case Decision::enters: return "enters";
        case Decision::fails: return "fails";
        case Decision::undecided: return "undecided";
    }
    return "undecided";
}

std::string to_text(const Outcome& outcome) {
    switch (outcome.channel) {
        case Channel::invalid_opcode: return "#UD";
        case Channel::general_protection: return "#GP(0)";
        case Channel::vm_exit: return fmt::format("VM exit, exit reason {}", outcome.number);
        case Channel::vmfail_invalid: return "VMfailInvalid";
        case Channel::vmfail_valid: return fmt::format("VMfailValid, VM-instruction error {}", outcome.number);
        case Channel::entry_failure:
            return fmt::format("{}: exit reason {:X}H, qualification {}",
                               outcome.number == 34 ? "VM-entry failure due to MSR loading"
                                                    : "VM-entry failure due to invalid guest state",
                               exit_reason(outcome), outcome.qualification);
        case Channel::none: return "no failure";
        case Channel::vmx_abort: return fmt::format("VMX abort, indicator {}", outcome.number);
    }
    return "";
}

}  // namespace vmxspec::query
