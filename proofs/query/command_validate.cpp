#include "proofs/query/command.hpp"
#include "proofs/query/divergence.hpp"
#include "proofs/query/instruction_validation.hpp"
#include "proofs/query/trace.hpp"
#include "proofs/state/text_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <memory>
#include <set>

namespace vmxspec::query {

namespace {

struct Options {
    std::string trace;
    std::string divergences;
    bool all = false;
    bool coverage = false;
};

constexpr std::size_t readable = 60;  ///< of so many VM entries, each is told
constexpr std::size_t samples = 3;    ///< ids that are told of a group of differences

/// A difference of a group.
struct Example {
    std::string id;
    std::string difference;
};

class Validation {
public:
    Validation(Specification& spec, const Options& options) : spec_{spec}, options_{options} {
        if (options.divergences.empty()) return;
        const std::string text = read_text(options.divergences);
        known_ = parse_divergences(spec_, text, options.divergences);
        known_instructions_ = parse_instruction_knowledge(spec_, text, options.divergences);
    }

    int run() {
        const Trace trace = read_trace(spec_.state, read_text(options_.trace),
                                       options_.trace == "-" ? "standard input" : options_.trace);
        const bool each = options_.all || trace.entries.size() <= readable;
        for (const TraceEntry& entry : trace.entries) look(entry, each);
        for (const auto& [key, examples] : groups_) {
            fmt::print("{:6} differ: {}\n         as in", examples.size(), examples.front().difference);
            for (std::size_t n = 0; n < std::min(examples.size(), samples); ++n)
                fmt::print("{} {}", n == 0 ? "" : ",", examples[n].id);
            fmt::print("\n");
        }
        divergences();
        coverage();
        fmt::print(
            "{}: {} VM entries, {} of them with the generated code's prediction: {} agree, {} differ, {} cannot be "
            "judged.\n",
            trace.processor, trace.entries.size(), predictions_, agree_, differ_, undecided_);
        if (trace.not_tried != 0)
            fmt::print("{} more were not tried: the processor's VMCS lacks a field of them.\n", trace.not_tried);
        const InstructionVerdict instructions =
            validate_instructions(spec_, trace, known_instructions_ ? &*known_instructions_ : nullptr, options_.all);
        if (differ_ != explained_ || vanished_ || instructions.wrong) return exit_no;
        return undecided_ != 0 || instructions.undecided ? exit_undecided : exit_yes;
    }

private:
    void look(const TraceEntry& entry, bool each) {
        const Comparison comparison = compare(spec_, entry);
        predictions_ += entry.predicted ? 1 : 0;
        std::vector<std::string> rules;
        for (const Finding& finding : comparison.judgement.violated) rules.push_back(finding.rule->id);
        broken_.insert(rules.begin(), rules.end());
        Divergence* known = nullptr;
        switch (comparison.agreement) {
            case Agreement::agrees: ++agree_; break;
            case Agreement::undecided: ++undecided_; break;
            case Agreement::differs:
                ++differ_;
                known = explain(spec_, known_, entry, comparison);
                if (known != nullptr)
                    ++explained_;
                else if (!each)
                    groups_[{rules.empty() ? "" : rules.front(), to_text(entry.observed)}].push_back(
                        {entry.id, comparison.difference});
        }
        if (!each) return;
        const char* words[] = {"agrees", "DIFFERS", "undecided"};
        fmt::print(
            "{:9} {:24} {}{}\n", known != nullptr ? "known" : words[static_cast<std::size_t>(comparison.agreement)],
            entry.id, comparison.difference.empty() ? to_text(entry.observed) : comparison.difference,
            comparison.difference.empty() && !rules.empty() ? fmt::format(" by {}", fmt::join(rules, ", ")) : "");
    }

    void divergences() {
        for (const Divergence& one : known_) {
            if (one.count != 0) {
                fmt::print("{:6} known: {}: {} The machine: {}\n", one.count, one.rule.empty() ? "enters" : one.rule,
                           one.manual, one.machine);
            } else if (options_.coverage) {
                vanished_ = true;
                fmt::print("  none known: {}: a divergence that is not seen any more: {}\n",
                           one.rule.empty() ? "enters" : one.rule, one.machine);
            }
        }
    }

    void coverage() const {
        if (!options_.coverage) return;
        std::vector<std::string> missing;
        std::size_t checks = 0;
        for (const RuleTable* table : {&spec_.rules, &spec_.msr_load.rules})
            for (const Rule& rule : *table) {
                if (rule.kind != RuleKind::check) continue;
                ++checks;
                if (!broken_.contains(rule.id)) missing.push_back(rule.id);
            }
        fmt::print("{} of {} checks are broken by some VM entry; not: {}\n", checks - missing.size(), checks,
                   fmt::join(missing, ", "));
    }

    Specification& spec_;
    const Options& options_;
    std::vector<Divergence> known_;
    std::optional<InstructionKnowledge> known_instructions_;                      ///< with a file of divergences
    std::map<std::pair<std::string, std::string>, std::vector<Example>> groups_;  ///< by first broken rule and outcome
    std::set<std::string> broken_;
    std::size_t predictions_ = 0, agree_ = 0, differ_ = 0, explained_ = 0, undecided_ = 0;
    bool vanished_ = false;
};

}  // namespace

void add_validate(CLI::App& app, int& exit_code) {
    auto options = std::make_shared<Options>();
    CLI::App* validate = app.add_subcommand(
        "validate",
        "Compare a trace of VM entries and VMX instructions that a machine executed with the specification");
    validate->add_option("trace", options->trace, "Trace of the probe kernel; - is standard input")->required();
    validate->add_option(
        "--divergences", options->divergences,
        "File of known divergences of the machine: what they explain is no failure; a transition of a VMX "
        "instruction that is neither taken nor named there is one");
    validate->add_flag("--all", options->all, "Print each VM entry, however many there are");
    validate->add_flag("--coverage", options->coverage,
                       "The trace is of all vectors: tell which rules none of them breaks, and fail where a known "
                       "divergence is not seen");
    validate->callback([options, &exit_code] {
        Specification spec;
        exit_code = Validation{spec, *options}.run();
    });
}

}  // namespace vmxspec::query
