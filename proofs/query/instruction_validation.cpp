#include "proofs/query/instruction_validation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace vmxspec::query {

namespace {

class InstructionValidation {
public:
    InstructionValidation(const Specification& spec, const Trace& trace, InstructionKnowledge* known, bool each)
        : spec_{spec}, trace_{trace}, known_{known}, each_{each} {}

    InstructionVerdict run() {
        for (const InstructionTrial& trial : trace_.instructions) look(trial);
        divergences();
        coverage();
        fmt::print("{}: {} VMX instructions: {} agree, {} differ, {} cannot be judged, {} were not tried.\n",
                   trace_.processor, trace_.instructions.size(), agree_, differ_, undecided_, untried_);
        verdict_.wrong = verdict_.wrong || differ_ != explained_;
        verdict_.undecided = undecided_ != 0;
        return verdict_;
    }

private:
    void look(const InstructionTrial& trial) {
        if (trial.ending == SeenEnding::untried) {
            ++untried_;
            if (each_) print("untried", trial, trial.reason);
            return;
        }
        const Evaluation evaluation{spec_.graph, trial.state.values()};
        const InstructionComparison comparison = compare(spec_, trial, evaluation);
        if (comparison.taken != nullptr) ++taken_[comparison.taken->id];
        const InstructionDivergence* divergence =
            known_ != nullptr ? explain(known_->divergences, trial, comparison, evaluation) : nullptr;
        switch (comparison.agreement) {
            case Agreement::agrees:
                ++agree_;
                if (each_) print("agrees", trial, fmt::format("{} by {}", comparison.seen, comparison.taken->id));
                return;
            case Agreement::undecided:
                ++undecided_;
                print("undecided", trial, fmt::format("{}; seen: {}", comparison.difference, comparison.seen));
                return;
            case Agreement::differs: break;
        }
        ++differ_;
        explained_ += divergence != nullptr ? 1 : 0;
        if (each_ || divergence == nullptr)
            print(divergence != nullptr ? "known" : "DIFFERS", trial,
                  fmt::format("{}; seen: {}", comparison.difference, comparison.seen));
    }

    static void print(const char* word, const InstructionTrial& trial, const std::string& what) {
        fmt::print("{:9} {:32} {}\n", word, trial.id, what);
    }

    void divergences() {
        if (known_ == nullptr) return;
        for (const InstructionDivergence& one : known_->divergences) {
            if (one.shown != 0)
                fmt::print("{:6} known: {}: {} The machine: {}\n", one.shown, one.transition, one.manual, one.machine);
            if (one.vanished == 0) continue;
            verdict_.wrong = true;
            fmt::print("{:6} agree where a divergence is known: {}: {}\n", one.vanished, one.transition, one.machine);
        }
    }

    /// Why the transition is not taken on this processor; null if nothing is known.
    const Unreached* reason(std::string_view transition, const Evaluation& evaluation) const {
        if (known_ == nullptr) return nullptr;
        for (const Unreached& one : known_->unreached)
            if (std::ranges::find(one.transitions, transition) != one.transitions.end() &&
                evaluation.truth(one.where.id()) == true)
                return &one;
        return nullptr;
    }

    void coverage() {
        const Evaluation evaluation{spec_.graph, trace_.instructions.front().state.values()};
        std::map<std::string, std::vector<std::string>> reasons;
        std::vector<std::string> missing;
        for (const machine::Transition& row : spec_.machine) {
            const Unreached* why = reason(row.id, evaluation);
            if (taken_.contains(row.id)) {
                if (why == nullptr) continue;
                verdict_.wrong = true;
                fmt::print("       {} is taken, although it is said that it is not: {}\n", row.id, why->reason);
            } else if (why != nullptr) {
                reasons[why->reason].push_back(row.id);
            } else {
                missing.push_back(row.id);
            }
        }
        fmt::print("{} of {} transitions are taken", taken_.size(), spec_.machine.rows().size());
        fmt::print("{}{}\n", missing.empty() ? "" : "; not, and no reason is known: ", fmt::join(missing, ", "));
        for (const auto& [why, ids] : reasons) fmt::print("{:6} not: {} ({})\n", ids.size(), why, fmt::join(ids, ", "));
        verdict_.wrong = verdict_.wrong || (known_ != nullptr && !missing.empty());
    }

    const Specification& spec_;
    const Trace& trace_;
    InstructionKnowledge* known_;
    bool each_;
    InstructionVerdict verdict_;
    std::map<std::string, std::size_t, std::less<>> taken_;  ///< transitions, and by how many trials
    std::size_t agree_ = 0, differ_ = 0, explained_ = 0, undecided_ = 0, untried_ = 0;
};

}  // namespace

InstructionVerdict validate_instructions(Specification& spec, const Trace& trace, InstructionKnowledge* known,
                                         bool each) {
    if (trace.instructions.empty()) return {};
    return InstructionValidation{spec, trace, known, each}.run();
}

}  // namespace vmxspec::query
