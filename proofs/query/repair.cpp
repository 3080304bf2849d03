#include "proofs/query/repair.hpp"

#include "proofs/query/generated_judgement.hpp"
#include "proofs/query/repair_reason.hpp"
#include "proofs/query/repair_search.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace vmxspec::query {

namespace {

using Clock = std::chrono::steady_clock;

/// What a search may change.
struct Choice {
    std::set<std::size_t> fields;
    std::set<std::size_t> entries;
};

/// What an alternative has in common with the repairs that are known.
enum class Alternatives : std::uint8_t {
    disjoint,   ///< none of their changes
    different,  ///< not all changes of one
};

class Repairs {
public:
    Repairs(Specification& spec, const KnownState& state, const Judgement& judgement, const RepairOptions& options)
        : spec_{spec},
          state_{state},
          judgement_{judgement},
          options_{options},
          deadline_{Clock::now() + std::chrono::milliseconds{options.milliseconds}} {}

    std::vector<Repair> run() {
        // What the broken rules are about: an entry of the MSR-load area is repaired in the entry, for the guest state
        // is what the guest needs; a field in the fields that its rule compares. Where that is not enough, the fields
        // that further rules tie to them may change too.
        const Choice narrow = narrow_choice();
        Choice wide = narrow;
        for (const Finding& finding : judgement_.violated) add_fields(finding, wide.fields);
        search(narrow, Alternatives::disjoint);
        // Where a part of the repair has no alternative, the rest may have one.
        if (found_.size() == 1 && found_[0].changes.size() > 1) search(narrow, Alternatives::different);
        if (found_.empty() && wide.fields != narrow.fields) search(wide, Alternatives::disjoint);
        for (unsigned round = 0; round < 2 && found_.empty() && !conditional_; ++round) {
            wide.fields = neighbours(wide.fields);
            search(wide, Alternatives::disjoint);
        }
        if (found_.empty() && conditional_) found_.push_back(*conditional_);
        std::erase_if(found_,
                      [&](const Repair& one) { return one.changes.size() > found_.front().changes.size() + 1; });
        for (Repair& one : found_) explain(spec_, state_, judgement_, one);
        return std::move(found_);
    }

private:
    [[nodiscard]] unsigned time_left() const {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
        return left > 0 ? static_cast<unsigned>(left) : 0;
    }

    /// Fields of the VMCS that software writes, and what else the user may change, whose value is known.
    [[nodiscard]] bool can_change(std::size_t n) const {
        const Leaf& leaf = state_.state().leaves()[n];
        const bool field = leaf.source == Source::vmcs && Encoding{leaf.key}.area() != Area::read_only;
        return (field || std::ranges::find(options_.may_change, n) != options_.may_change.end()) &&
               state_.value(n).has_value();
    }

    void add_fields(const Finding& finding, std::set<std::size_t>& fields) const {
        for (const std::size_t n : finding.leaves)
            if (can_change(n)) fields.insert(n);
    }

    [[nodiscard]] Choice narrow_choice() const {
        Choice choice;
        for (const Finding& finding : judgement_.violated) {
            if (finding.msr_entry) {
                if (state_.entry_msr_load[*finding.msr_entry].data) choice.entries.insert(*finding.msr_entry);
            } else {
                add_fields(finding, choice.fields);
            }
        }
        return choice;
    }

    /// Fields that the rules which read one of these fields read besides.
    [[nodiscard]] std::set<std::size_t> neighbours(const std::set<std::size_t>& fields) const {
        std::set<std::size_t> more = fields;
        for (const Rule& rule : spec_.rules) {
            const std::vector<std::size_t> reads = spec_.graph.support(std::array{rule.condition.id()});
            if (std::ranges::none_of(reads, [&](std::size_t n) { return fields.contains(n); })) continue;
            for (const std::size_t n : reads)
                if (can_change(n)) more.insert(n);
        }
        return more;
    }

    static void forbid(RepairSearch& search, const Repair& repair, Alternatives alternatives) {
        if (alternatives == Alternatives::disjoint) {
            search.forbid_any(repair);
        } else {
            search.forbid_all(repair);
        }
    }

    void search(const Choice& choice, Alternatives alternatives) {
        if (choice.fields.empty() && choice.entries.empty()) return;
        if (found_.size() >= options_.most || time_left() == 0) return;
        RepairSearch search{spec_, state_, judgement_, choice.fields, choice.entries, time_left()};
        for (const Repair& one : found_) forbid(search, one, alternatives);
        std::set<const Rule*> kept;
        while (found_.size() < options_.most && time_left() != 0) {
            std::optional<Repair> repair = search.next();
            if (!repair || repair->changes.empty()) return;
            const KnownState after = repaired(state_, *repair);
            const Judgement judgement = judge(spec_, after);
            if (!judgement.violated.empty() || !generated_code_confirms(after, judgement)) return;
            const std::vector<const Finding*> opened = newly_undecided(judgement);
            if (opened.empty()) {
                found_.push_back(*repair);
                forbid(search, *repair, alternatives);
            } else if (!conditional_) {
                conditional_ = *repair;
                for (const Finding* finding : opened) conditional_->opens.push_back(finding->rule);
            }
            for (const Finding* finding : opened) {
                if (finding->msr_entry || !kept.insert(finding->rule).second) return;  // it can't be kept
                search.keep_for_all(*finding->rule);
            }
        }
    }

    /// Rules that were judged before the repair and cannot be judged after it. Entries of the MSR-load area that the
    /// input does not tell are judged neither before nor after.
    [[nodiscard]] std::vector<const Finding*> newly_undecided(const Judgement& after) const {
        std::vector<const Finding*> result;
        for (const Finding& finding : after.undecided) {
            const bool of_area = finding.rule->stage == Stage::msr_load;
            if (of_area && (!finding.msr_entry || *finding.msr_entry >= state_.entry_msr_load.size())) continue;
            if (std::ranges::none_of(judgement_.undecided, [&](const Finding& before) {
                    return before.rule == finding.rule && before.msr_entry == finding.msr_entry;
                }))
                result.push_back(&finding);
        }
        return result;
    }

    Specification& spec_;
    const KnownState& state_;
    const Judgement& judgement_;
    const RepairOptions& options_;
    Clock::time_point deadline_;
    std::vector<Repair> found_;
    std::optional<Repair> conditional_;  ///< the first one that opens questions
};

}  // namespace

KnownState repaired(const KnownState& state, const Repair& repair) {
    KnownState result = state;
    for (const Change& change : repair.changes) {
        if (change.msr_entry) {
            result.entry_msr_load.at(*change.msr_entry).data = change.to;
        } else {
            const unsigned width = std::max<unsigned>(1, state.state().leaves()[change.leaf].width);
            result.set_bits(change.leaf, Known::exactly(change.to, width), Standing::given);
        }
    }
    return result;
}

std::vector<Repair> repairs(Specification& spec, const KnownState& state, const Judgement& judgement,
                            const RepairOptions& options) {
    if (judgement.violated.empty()) return {};
    return Repairs{spec, state, judgement, options}.run();
}

}  // namespace vmxspec::query
