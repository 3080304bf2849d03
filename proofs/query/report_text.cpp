#include "proofs/query/assumptions.hpp"
#include "proofs/query/collection.hpp"
#include "proofs/query/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>

namespace vmxspec::query {

namespace {

constexpr std::uint64_t lme = 1 << 8;

std::string msr_name(const Specification& spec, std::uint32_t index) {
    for (const load::MsrRow& row : spec.msr_load.table)
        if (index >= row.first && index <= row.last) return fmt::format("{} ({})", row.name, hex(index));
    return fmt::format("MSR {}", hex(index));
}

/// The data of an entry, with the bits of IA32_EFER named.
std::string msr_data(const Specification& spec, const MsrAreaEntry& entry) {
    if (!entry.data) return "?";
    const Leaf& efer = spec.state.leaves()[spec.state.leaf("guest.efer")];
    return entry.index == 0xc0000080U ? value_text(efer, *entry.data) : hex(*entry.data);
}

std::string msr_entry(const Specification& spec, const KnownState& state, std::size_t k) {
    if (k >= state.entry_msr_load.size())
        return fmt::format("VM-entry MSR-load entry {}: the input does not tell it", k + 1);
    const MsrAreaEntry& entry = state.entry_msr_load[k];
    return fmt::format("VM-entry MSR-load entry {}: {} = {}", k + 1,
                       entry.index ? msr_name(spec, *entry.index) : "MSR ?", msr_data(spec, entry));
}

/// How a value that no field holds came about, for the rules that compare with one.
std::string derivation(const KnownState& state, const Judgement& judgement, const Finding& finding) {
    if (finding.rule->id != "msr-load.efer.lme-pg" || !finding.msr_entry) return {};
    const std::size_t k = *finding.msr_entry;
    const Known before = judgement.efer.before.at(k);
    const std::optional<std::uint64_t> entry = state.value("control.entry");
    if ((before.known & lme) == 0 || !entry || !state.entry_msr_load[k].data) return {};
    const int established = (before.value & lme) != 0 ? 1 : 0;
    const std::string by =
        (*entry >> 15 & 1) != 0
            ? std::string{"\"load IA32_EFER\" = 1 loads"}
            : fmt::format("guest CR0.PG = 1 and \"IA-32e mode guest\" = {} establish", *entry >> 9 & 1);
    return fmt::format(
        "{} IA32_EFER.LME = {} (29.3.2.1); the value {} would {} it, and with CR0.PG = 1 such a WRMSR faults.", by,
        established, hex(*state.entry_msr_load[k].data), established != 0 ? "clear" : "set");
}

class Report {
public:
    Report(const Specification& spec, const KnownState& state, const Judgement& judgement)
        : spec_{spec}, state_{state}, judgement_{judgement} {}

    std::string text(const std::vector<Repair>& repairs, bool searched, bool explain) {
        headline();
        for (const std::string& caveat : state_.caveats) line("  the dump: " + caveat + ".");
        for (const Finding& finding : judgement_.violated) violated(finding);
        for (std::size_t n = 0; n < repairs.size(); ++n) repair_lines(repairs[n], n == 0);
        if (searched && !judgement_.violated.empty() && repairs.empty())
            line(judgement_.undecided.empty()
                     ? "\n  No change of the VMCS and its MSR-load area alone makes it enter."
                     : "\n  No change was found of which, with what is known, it could be said that it repairs this.");
        for (const Finding& finding : judgement_.advice)
            line(fmt::format("\n  advice: {} (SDM {}): {}", finding.rule->id, finding.rule->citation.section,
                             finding.rule->note));
        if (judgement_.decision != Decision::fails || judgement_.undecided.size() <= 12) undecided(explain);
        footer(explain);
        return text_;
    }

private:
    void line(const std::string& content) { text_ += content + "\n"; }

    void headline() {
        const std::string name = state_.name.empty() ? "" : state_.name + ": ";
        switch (judgement_.decision) {
            case Decision::enters:
                line(fmt::format("{}the VM entry succeeds: all {} checks hold.", name, judgement_.held));
                break;
            case Decision::undecided:
                line(fmt::format("{}nothing visible is wrong; {} checks hold, {} cannot be judged.", name,
                                 judgement_.held, judgement_.undecided.size()));
                break;
            case Decision::fails: {
                std::string outcomes;
                for (const Outcome& outcome : judgement_.outcomes)
                    outcomes += (outcomes.empty() ? "" : "; or ") + to_text(outcome);
                line(fmt::format("{}the VM entry fails. {}.", name, outcomes));
                break;
            }
        }
    }

    void violated(const Finding& finding) {
        const Rule& rule = *finding.rule;
        line(fmt::format("\n  {}   SDM {} {}", rule.id, rule.citation.section, rule.citation.title));
        if (const std::string condition = condition_text(spec_, rule.condition); !condition.empty())
            line(fmt::format("    demanded: {}", condition));
        if (!rule.note.empty()) line(fmt::format("    note: {}", rule.note));
        if (finding.msr_entry) line("    " + msr_entry(spec_, state_, *finding.msr_entry));
        std::size_t shown = 0;
        for (const std::size_t n : finding.leaves) {
            const Leaf& leaf = spec_.state.leaves()[n];
            const std::optional<std::uint64_t> value = state_.value(n);
            if (leaf.name.starts_with("msr_entry") || !value || leaf.name.starts_with("before.")) continue;
            if (finding.msr_entry && leaf.source != Source::vmcs) continue;
            if (++shown <= 10) line(fmt::format("    {} = {}", leaf.manual_name, value_text(leaf, *value)));
        }
        if (const std::string why = derivation(state_, judgement_, finding); !why.empty()) line("    why: " + why);
    }

    /// Bits of a value with what becomes of them: "PE" = 1, "VM" = 0.
    static std::string bits_text(const Leaf& leaf, std::uint64_t bits, std::uint64_t to) {
        constexpr std::size_t readable = 8;
        std::vector<std::string> words;
        const auto add = [&](std::string one) { words.push_back(std::move(one)); };
        for (const NamedBits& named : leaf.bits) {
            const std::uint64_t mask = low_bits(named.high - named.low + 1) << named.low;
            if ((bits & mask) == 0) continue;
            add(fmt::format("{} = {:X}", named.manual_name, (to & mask) >> named.low));
            bits &= ~mask;
        }
        for (unsigned n = 0; n < 64 && std::popcount(bits) <= 4; ++n)
            if ((bits >> n & 1) != 0) add(fmt::format("bit {} = {}", n, to >> n & 1));
        if (std::popcount(bits) > 4) add(fmt::format("other bits = {}", hex(to & bits)));
        if (words.size() > readable) {
            const std::string more = fmt::format("and {} more", words.size() - readable + 1);
            words.resize(readable - 1);
            words.push_back(more);
        }
        return fmt::format("{}", fmt::join(words, ", "));
    }

    /// The new value, with the bits that change.
    static std::string changed_text(const Leaf& leaf, const Change& change) {
        if (leaf.bits.empty()) return hex(change.to);
        return fmt::format("{} ({})", hex(change.to), bits_text(leaf, change.from ^ change.to, change.to));
    }

    /// The rules that tie a change to the others, where that is more than "the broken rule wants it".
    void reasons(const Repair& repair) {
        const bool plain = judgement_.violated.size() == 1 && repair.changes.size() == 1 &&
                           repair.changes[0].because.size() == 1 &&
                           repair.changes[0].because[0].rules == std::vector{judgement_.violated[0].rule} &&
                           repair.changes[0].because[0].capability.empty();
        if (plain) return;
        for (const Change& change : repair.changes) {
            if (change.msr_entry) continue;
            for (const Reason& reason : change.because) {
                std::vector<std::string> ids;
                for (const Rule* rule : reason.rules) ids.push_back(rule->id);
                const std::string forced =
                    reason.capability.empty() ? "" : fmt::format("{} leaves no choice, ", reason.capability);
                line(fmt::format("    {}: {}{}", bits_text(spec_.state.leaves()[change.leaf], reason.bits, change.to),
                                 forced, fmt::join(ids, ", ")));
            }
        }
    }

    void repair_lines(const Repair& repair, bool smallest) {
        std::string changes;
        for (const Change& change : repair.changes) {
            const bool of_entry = change.msr_entry.has_value();
            const Leaf& leaf = spec_.state.leaves()[change.leaf];
            const Leaf& efer = spec_.state.leaves()[spec_.state.leaf("guest.efer")];
            const bool is_efer = of_entry && state_.entry_msr_load[*change.msr_entry].index == 0xc0000080U;
            const Leaf& format = is_efer ? efer : leaf;
            changes += fmt::format("{}{}: {} -> {}", changes.empty() ? "" : "; ",
                                   of_entry ? fmt::format("VM-entry MSR-load entry {}, data", *change.msr_entry + 1)
                                            : std::string{leaf.manual_name},
                                   hex(change.from), changed_text(format, change));
        }
        line(fmt::format("{}  {}: {}", smallest ? "\n" : "", smallest ? "smallest repair" : "or", changes));
        reasons(repair);
        if (repair.opens.empty()) return;
        std::vector<std::string> ids;
        for (const Rule* rule : repair.opens) ids.push_back(rule->id);
        line(fmt::format("    then in play, and not to be judged with what is known: {}", fmt::join(ids, ", ")));
    }

    void undecided(bool explain) {
        constexpr std::size_t readable = 100;
        if (judgement_.undecided.empty()) return;
        if (!explain && judgement_.undecided.size() > readable) {
            line(fmt::format("\n  {} rules cannot be judged (--explain lists them, by what would decide)",
                             judgement_.undecided.size()));
            collect();
            return;
        }
        line(fmt::format("\n  cannot be judged, by what would decide:"));
        std::map<std::string, std::string> by_missing;
        for (const Finding& finding : judgement_.undecided) {
            std::string missing;
            for (const std::size_t n : finding.leaves)
                missing += (missing.empty() ? "" : ", ") + std::string{spec_.state.leaves()[n].manual_name};
            if (finding.msr_entry) missing = msr_entry(spec_, state_, *finding.msr_entry);
            std::string& rules = by_missing[missing];
            rules += (rules.empty() ? "" : ", ") + finding.rule->id;
        }
        for (const auto& [missing, rules] : by_missing) line(fmt::format("    {}: {}", missing, rules));
        collect();
    }

    void collect() {
        for (const std::string& one : to_collect(state_, judgement_))
            line(fmt::format("  to judge them, collect {}.", one));
    }

    void footer(bool explain) {
        const std::optional<std::uint64_t> reason = state_.value("information.exit_reason");
        if (reason && (*reason & 0x80000000U) != 0 && judgement_.decision == Decision::fails) {
            const std::optional<std::uint64_t> qualification = state_.value("information.exit_qualification");
            const bool agrees = std::ranges::any_of(judgement_.outcomes, [&](const Outcome& outcome) {
                return outcome.channel == Channel::entry_failure && exit_reason(outcome) == *reason &&
                       (!qualification || outcome.qualification == *qualification);
            });
            line(fmt::format("\n  recorded: exit reason {}, qualification {}: {}", hex(*reason),
                             qualification ? fmt::format("{}", *qualification) : "?",
                             agrees ? "as derived" : "NOT as derived"));
        }
        line(fmt::format("\n  processor: {}; {} checks hold, {} cannot be judged. Manual: {}, {}.",
                         state_.processor.empty() ? "not named" : state_.processor, judgement_.held,
                         judgement_.undecided.size(), edition.order_number, edition.date));
        const std::vector<std::string> taken = assumptions(state_);
        if (taken.empty()) return;
        for (const std::string& note : state_.notes) line("  " + note);
        if (!explain) {
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
    std::string text_;
};

}  // namespace

std::string text_report(const Specification& spec, const KnownState& state, const Judgement& judgement,
                        const std::vector<Repair>& repairs, bool searched, bool explain) {
    return Report{spec, state, judgement}.text(repairs, searched, explain);
}

}  // namespace vmxspec::query
