#include "proofs/query/assumptions.hpp"
#include "proofs/query/exit_judgement.hpp"
#include "proofs/query/loaded_comparison.hpp"
#include "proofs/query/trace.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace vmxspec::query {

namespace {

bool is(const Outcome& allowed, const Observation& seen) {
    if (seen.died || allowed.channel != seen.channel) return false;
    switch (seen.channel) {
        case Channel::vmfail_invalid: return true;
        case Channel::vmfail_valid: return allowed.number == seen.number;
        default: return exit_reason(allowed) == seen.number && allowed.qualification == seen.qualification;
    }
}

std::string rule_names(const std::vector<Finding>& findings) {
    std::vector<std::string> ids;
    for (const Finding& finding : findings) ids.push_back(finding.rule->id);
    return fmt::format("{}", fmt::join(ids, ", "));
}

std::string rule_names(const std::set<std::string>& ids) {
    return ids.empty() ? "no rule" : fmt::format("{}", fmt::join(ids, ", "));
}

/// What is wrong with the prediction of the generated code; empty if nothing is.
std::string prediction_difference(const Judgement& judgement, const TraceEntry& entry) {
    if (!entry.predicted) return {};
    // Without a current VMCS there are no fields that later steps could look at.
    const bool no_fields = entry.state.value("before.current_vmcs") == ~std::uint64_t{0};
    const auto ids = [&](const std::vector<Finding>& findings, bool with_area) {
        std::set<std::string> result;
        for (const Finding& finding : findings)
            if ((with_area || finding.rule->stage != Stage::msr_load) &&
                (!no_fields || finding.rule->stage == Stage::basic))
                result.insert(finding.rule->id);
        return result;
    };
    const std::set<std::string> checks = ids(judgement.violated, false);
    const std::set<std::string> violated = ids(judgement.violated, checks.empty());
    std::set<std::string> possible = ids(judgement.undecided, true);
    possible.insert(violated.begin(), violated.end());
    std::set<std::string> predicted = *entry.predicted;
    if (no_fields) std::erase_if(predicted, [](const std::string& id) { return !id.starts_with("basic."); });
    if (std::ranges::includes(predicted, violated) && std::ranges::includes(possible, predicted)) return {};
    return fmt::format("the generated code predicted that it breaks {}, the specification finds {}",
                       rule_names(predicted), rule_names(violated));
}

/// Whether the manual allows what the machine did.
class OutcomeComparison {
public:
    OutcomeComparison(const Specification& spec, const TraceEntry& entry)
        : spec_{spec}, entry_{entry}, state_{entry.state} {
        assume_usual_entry(state_);
        result_.agreement = Agreement::agrees;
        result_.judgement = judge(spec, state_);
    }

    Comparison run() {
        switch (result_.judgement.decision) {
            case Decision::undecided: undecided(rule_names(result_.judgement.undecided)); break;
            case Decision::fails: fails(); break;
            case Decision::enters: enters(); break;
        }
        return std::move(result_);
    }

private:
    void differs(const std::string& difference) {
        result_.agreement = Agreement::differs;
        result_.difference += (result_.difference.empty() ? "" : "; ") + difference;
    }

    void undecided(const std::string& rules) {
        result_.agreement = Agreement::undecided;
        result_.difference = fmt::format("cannot be judged ({}); seen: {}", rules, to_text(entry_.observed));
    }

    void fails() {
        const std::vector<Outcome>& outcomes = result_.judgement.outcomes;
        const bool allowed =
            std::ranges::any_of(outcomes, [&](const Outcome& one) { return is(one, entry_.observed); });
        const bool exits =
            std::ranges::any_of(outcomes, [](const Outcome& one) { return one.channel == Channel::entry_failure; });
        if (exits && (allowed || entry_.observed.died) && ends(true)) return;
        if (!allowed) {
            std::vector<std::string> texts;
            for (const Outcome& outcome : outcomes) texts.push_back(to_text(outcome));
            differs(fmt::format("the manual allows {} ({}); seen: {}", fmt::join(texts, " or "),
                                rule_names(result_.judgement.violated), to_text(entry_.observed)));
        } else if (exits) {
            loaded();
        }
    }

    void enters() {
        const Observation& seen = entry_.observed;
        if (seen.ran) return;
        if ((seen.died || seen.channel == Channel::none) && ends(false)) return;
        if (seen.died || seen.channel != Channel::none)
            return differs(fmt::format("the manual lets it enter; seen: {}", to_text(seen)));
        const Evaluation evaluation{spec_.graph, state_.values()};
        for (const auto& [name, value] : entry_.after) {
            const Known expected = name == "efer"  ? result_.judgement.efer.last
                                   : name == "cr0" ? evaluation[spec_.loaded.cr0.id()]
                                   : name == "cr4" ? evaluation[spec_.loaded.cr4.id()]
                                                   : Known::unknown();
            if (((expected.value ^ value) & expected.known) != 0)
                differs(
                    fmt::format("after the entry {} is {}, the manual says {}", name, hex(value), hex(expected.value)));
        }
        loaded();
    }

    /// The VM exit, or the end of the failed entry: whether it is a VMX abort, after which there is nothing to be seen,
    /// or may be one.
    bool ends(bool entry_failed) {
        const ExitJudgement exit = judge_exit(spec_, exiting_at_once(spec_, state_, entry_failed), entry_failed);
        result_.aborts = exit.broken;
        if (!exit.broken.empty()) {
            if (!entry_.observed.died)
                differs(fmt::format("the manual demands a VMX abort ({}); seen: {}", exit.broken.front()->id,
                                    to_text(entry_.observed)));
            return true;
        }
        if (entry_.observed.died && !exit.undecided.empty()) undecided(exit.undecided.front()->id);
        return result_.agreement == Agreement::undecided;
    }

    void loaded() {
        result_.loaded = compare_loaded(spec_, state_, entry_);
        for (const std::string& difference : result_.loaded) differs("after it " + difference);
    }

    const Specification& spec_;
    const TraceEntry& entry_;
    KnownState state_;
    Comparison result_;
};

}  // namespace

std::string to_text(const Observation& observed) {
    if (observed.died) return "the machine did not come back";
    switch (observed.channel) {
        case Channel::none: return fmt::format("entered, then exit reason {}", observed.number);
        case Channel::vmfail_invalid: return "VMfailInvalid";
        case Channel::vmfail_valid: return fmt::format("VMfailValid {}", observed.number);
        default: return fmt::format("exit reason {}, qualification {}", hex(observed.number), observed.qualification);
    }
}

Comparison compare(const Specification& spec, const TraceEntry& entry) {
    Comparison result = OutcomeComparison{spec, entry}.run();
    const std::string wrong = prediction_difference(result.judgement, entry);
    if (wrong.empty()) return result;
    result.predicted_right = false;
    result.difference = result.agreement == Agreement::differs ? result.difference + "; " + wrong : wrong;
    result.agreement = Agreement::differs;
    return result;
}

}  // namespace vmxspec::query
