#include "proofs/query/assumptions.hpp"
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
    const auto ids = [](const std::vector<Finding>& findings, bool with_area) {
        std::set<std::string> result;
        for (const Finding& finding : findings)
            if (with_area || finding.rule->stage != Stage::msr_load) result.insert(finding.rule->id);
        return result;
    };
    const std::set<std::string> checks = ids(judgement.violated, false);
    const std::set<std::string> violated = ids(judgement.violated, checks.empty());
    std::set<std::string> possible = ids(judgement.undecided, true);
    possible.insert(violated.begin(), violated.end());
    if (std::ranges::includes(*entry.predicted, violated) && std::ranges::includes(possible, *entry.predicted))
        return {};
    return fmt::format("the generated code predicted that it breaks {}, the specification finds {}",
                       rule_names(*entry.predicted), rule_names(violated));
}

/// Whether the manual allows what the machine did.
Comparison compare_outcome(const Specification& spec, const TraceEntry& entry) {
    KnownState state = entry.state;
    assume_usual_entry(state);
    Comparison result{Agreement::agrees, judge(spec, state), {}};
    const Judgement& judgement = result.judgement;
    const auto differs = [&](std::string difference) {
        result.agreement = Agreement::differs;
        result.difference = std::move(difference);
    };
    if (judgement.decision == Decision::fails) {
        for (const Outcome& outcome : judgement.outcomes)
            if (is(outcome, entry.observed)) return result;
        std::vector<std::string> allowed;
        for (const Outcome& outcome : judgement.outcomes) allowed.push_back(to_text(outcome));
        differs(fmt::format("the manual allows {} ({}); seen: {}", fmt::join(allowed, " or "),
                            rule_names(judgement.violated), to_text(entry.observed)));
        return result;
    }
    if (judgement.decision == Decision::undecided) {
        result.agreement = Agreement::undecided;
        result.difference =
            fmt::format("cannot be judged ({}); seen: {}", rule_names(judgement.undecided), to_text(entry.observed));
        return result;
    }
    if (entry.observed.died || entry.observed.channel != Channel::none) {
        differs(fmt::format("the manual lets it enter; seen: {}", to_text(entry.observed)));
        return result;
    }
    const Evaluation evaluation{spec.graph, state.values()};
    for (const auto& [name, value] : entry.after) {
        const Known expected = name == "efer"  ? judgement.efer.last
                               : name == "cr0" ? evaluation[spec.loaded.cr0.id()]
                               : name == "cr4" ? evaluation[spec.loaded.cr4.id()]
                                               : Known::unknown();
        if (((expected.value ^ value) & expected.known) != 0)
            differs(fmt::format("after the entry {} is {}, the manual says {}", name, hex(value), hex(expected.value)));
    }
    return result;
}

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
    Comparison result = compare_outcome(spec, entry);
    const std::string wrong = prediction_difference(result.judgement, entry);
    if (wrong.empty()) return result;
    result.predicted_right = false;
    result.difference = result.agreement == Agreement::differs ? result.difference + "; " + wrong : wrong;
    result.agreement = Agreement::differs;
    return result;
}

}  // namespace vmxspec::query
