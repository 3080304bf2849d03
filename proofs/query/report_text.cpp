#include "proofs/query/assumptions.hpp"
#include "proofs/query/collection.hpp"
#include "proofs/query/explanation.hpp"
#include "proofs/query/finding_text.hpp"
#include "proofs/query/repair_text.hpp"
#include "proofs/query/report.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

namespace vmxspec::query {

namespace {

class Report {
public:
    Report(const Specification& spec, const JudgedDump& dump, const TextOptions& options)
        : spec_{spec}, state_{dump.state}, judgement_{dump.judgement}, repairs_{dump.repairs}, options_{options} {}

    std::string text() {
        headline();
        for (const std::string& caveat : state_.caveats) line("  the dump: " + caveat + ".");
        if (options_.explain) block("what this means:", about_verdict(judgement_));
        for (const Finding& finding : judgement_.violated) violated(finding);
        for (std::size_t n = 0; n < repairs_.size(); ++n) repair_lines(repairs_[n], n == 0);
        if (options_.searched && !judgement_.violated.empty() && repairs_.empty()) {
            blank();
            line(judgement_.undecided.empty()
                     ? "  No change of the VMCS and its MSR-load area alone makes it enter."
                     : "  No change was found of which, with what is known, it could be said that it repairs this.");
        }
        for (const Finding& finding : judgement_.advice) advice(finding);
        if (judgement_.decision != Decision::fails || judgement_.undecided.size() <= 12) undecided();
        if (options_.explain) block("what to do:", next_steps(judgement_, !repairs_.empty()));
        footer();
        return text_;
    }

private:
    void line(const std::string& content) { text_ += options_.terminal.wrapped(content) + "\n"; }
    void blank() { text_ += "\n"; }
    [[nodiscard]] std::string styled(Tone tone, std::string_view text) const {
        return options_.terminal.styled(tone, text);
    }

    void block(const char* title, const std::vector<std::string>& sentences) {
        blank();
        line(fmt::format("  {}", title));
        for (const std::string& sentence : sentences) line("    " + sentence);
    }

    void headline() {
        const std::string name = state_.name.empty() ? "" : state_.name + ": ";
        switch (judgement_.decision) {
            case Decision::enters:
                line(fmt::format("{}{} all {} checks hold.", name, styled(Tone::success, "the VM entry succeeds:"),
                                 judgement_.held));
                break;
            case Decision::undecided:
                line(fmt::format("{}{} {} checks hold, {} cannot be judged.", name,
                                 styled(Tone::open, "nothing visible is wrong;"), judgement_.held,
                                 judgement_.undecided.size()));
                break;
            case Decision::fails: {
                line(fmt::format("{}{} {}.", name, styled(Tone::failure, "the VM entry fails."), outcomes()));
                break;
            }
        }
    }

    /// What the processor reports. Rules that cannot be judged may add outcomes: if the dump has recorded one, the
    /// others are no news.
    [[nodiscard]] std::string outcomes() const {
        const std::optional<Recorded> told = recorded(state_, judgement_);
        std::string text;
        for (const Outcome& outcome : judgement_.outcomes) {
            const bool is_recorded = told && told->as_derived && outcome.channel == Channel::entry_failure &&
                                     exit_reason(outcome) == told->exit_reason &&
                                     (!told->qualification || outcome.qualification == *told->qualification);
            if (is_recorded && judgement_.outcomes.size() > 1)
                return fmt::format("{}, as recorded; what cannot be judged would allow other failures too",
                                   to_text(outcome));
            text += (text.empty() ? "" : "; or ") + to_text(outcome);
        }
        return text;
    }

    void violated(const Finding& finding) {
        const Rule& rule = *finding.rule;
        blank();
        line(fmt::format("  {}   {}", styled(Tone::strong, rule.id),
                         styled(Tone::faint, fmt::format("SDM {} {}", rule.citation.section, rule.citation.title))));
        if (options_.explain && explained_.insert(rule.citation.section).second)
            line(fmt::format("    this section checks {}.", about_section(rule.citation.section)));
        if (const std::string condition = condition_text(spec_, rule.condition); !condition.empty())
            line(fmt::format("    demanded: {}", condition));
        if (!rule.note.empty()) line(fmt::format("    note: {}", rule.note));
        if (finding.msr_entry) line("    " + msr_entry_text(spec_, state_, *finding.msr_entry) + from(Standing::given));
        for (const std::size_t n : telling_leaves(spec_, state_, finding, options_.explain))
            line("    " + leaf_text(spec_, state_, n) + from(state_.standing(n)));
        if (const std::string why = derivation(state_, judgement_, finding); !why.empty()) line("    why: " + why);
    }

    /// Behind a value, for newcomers.
    [[nodiscard]] std::string from(Standing standing) const {
        return options_.explain ? styled(Tone::faint, fmt::format("  [{}]", origin(standing))) : std::string{};
    }

    void repair_lines(const Repair& repair, bool smallest) {
        std::string changes;
        for (const Change& change : repair.changes) {
            const ChangeText text = change_text(spec_, state_, change);
            changes += fmt::format("{}{}: {} -> {}", changes.empty() ? "" : "; ", text.what,
                                   styled(Tone::removed, text.from), styled(Tone::added, text.to));
        }
        if (smallest) blank();
        line(fmt::format("  {}: {}", smallest ? "smallest repair" : "or", changes));
        for (const std::string& reason : reason_lines(spec_, judgement_, repair)) line("    " + reason);
    }

    void advice(const Finding& finding) {
        blank();
        line(fmt::format("  advice: {} (SDM {}): {}", styled(Tone::strong, finding.rule->id),
                         finding.rule->citation.section, finding.rule->note));
    }

    void undecided() {
        constexpr std::size_t readable = 100;
        if (judgement_.undecided.empty()) return;
        blank();
        if (!options_.explain && judgement_.undecided.size() > readable) {
            line(fmt::format("  {} rules cannot be judged (--explain lists them, by what would decide)",
                             judgement_.undecided.size()));
            collect();
            return;
        }
        line("  cannot be judged, by what would decide:");
        std::map<std::string, std::string> by_missing;
        for (const Finding& finding : judgement_.undecided) {
            std::string& rules = by_missing[missing_text(spec_, state_, finding)];
            rules += (rules.empty() ? "" : ", ") + finding.rule->id;
        }
        for (const auto& [missing, rules] : by_missing) line(fmt::format("    {}: {}", missing, rules));
        collect();
    }

    void collect() {
        // Not wrapped: they hold commands, which are copied.
        for (const std::string& one : to_collect(state_, judgement_))
            text_ += fmt::format("  to judge them, collect {}.\n", one);
    }

    void footer() {
        if (const std::optional<Recorded> told = recorded(state_, judgement_)) {
            blank();
            line(fmt::format("  recorded: exit reason {}, qualification {}: {}", hex(told->exit_reason),
                             told->qualification ? fmt::format("{}", *told->qualification) : "?",
                             told->as_derived ? "as derived" : styled(Tone::failure, "NOT as derived")));
        }
        blank();
        line(fmt::format("  processor: {}; {} checks hold, {} cannot be judged. Manual: {}, {}.",
                         state_.processor.empty() ? "not named" : state_.processor, judgement_.held,
                         judgement_.undecided.size(), edition.order_number, edition.date));
        const std::vector<std::string> taken = assumptions(state_);
        if (options_.explain)
            line(
                "  where values are from: [dump] the input, [profile] what is known of the processor, [assumed] taken "
                "for granted, [absent] what this processor or VMCS does not have.");
        if (taken.empty()) return;
        for (const std::string& note : state_.notes) line("  " + note);
        if (!options_.explain) {
            line(
                fmt::format("  taken for granted: the usual state of a hypervisor at VM entry ({} values; --explain "
                            "lists them, --assume changes one)",
                            taken.size() - state_.notes.size()));
            return;
        }
        line(fmt::format("  taken for granted ({}; --assume changes one):", taken.size()));
        std::map<std::string, std::string> by_reason;
        std::vector<std::string> order;
        for (const std::string& one : taken) {
            const std::size_t colon = one.rfind(": ");
            std::string& subjects = by_reason[one.substr(colon + 2)];
            if (subjects.empty()) order.push_back(one.substr(colon + 2));
            subjects += (subjects.empty() ? "" : ", ") + one.substr(0, colon);
        }
        for (const std::string& reason_text : order)
            line(fmt::format("    {}: {}", by_reason[reason_text], reason_text));
    }

    const Specification& spec_;
    const KnownState& state_;
    const Judgement& judgement_;
    const std::vector<Repair>& repairs_;
    const TextOptions& options_;
    std::set<std::string_view> explained_;  ///< sections, each once
    std::string text_;
};

}  // namespace

std::string text_report(const Specification& spec, const JudgedDump& dump, const TextOptions& options) {
    return Report{spec, dump, options}.text();
}

}  // namespace vmxspec::query
