#include "proofs/query/explanation.hpp"
#include "proofs/query/failure_number.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

namespace vmxspec::query {

namespace {

class Report {
public:
    Report(const FailureNumber& number, bool explain, const Terminal& terminal)
        : number_{number}, explain_{explain}, terminal_{terminal} {}

    std::string text(const std::vector<Meaning>& meanings) {
        for (const Meaning& one : meanings) {
            if (!text_.empty()) text_ += "\n";
            meaning(one);
        }
        return text_;
    }

private:
    void line(const std::string& content) { text_ += terminal_.wrapped(content) + "\n"; }

    void meaning(const Meaning& one) {
        const bool is_reason = one.space == "exit reason";
        const std::string volume = one.citation.volume == "3C" ? "" : fmt::format("volume {}, ", one.citation.volume);
        line(fmt::format(
            "{} as {}: {}   {}", number_text(number_.number), is_reason ? "an exit reason" : "a VM-instruction error",
            terminal_.styled(one.fails ? Tone::failure : Tone::strong, one.name + "."),
            terminal_.styled(Tone::faint,
                             fmt::format("SDM {}{} {}", volume, one.citation.section, one.citation.title))));
        if (!one.fails && is_reason) line("  No VM entry failed: the guest ran, and left for this reason.");
        if (explain_ && one.fails)
            line(fmt::format("  {}", about_failure(is_reason ? Channel::entry_failure : Channel::vmfail_valid)));
        if (!one.passed.empty()) line("  " + one.passed);
        if (!one.rules.empty()) rules(one.rules);
    }

    void rules(const std::vector<const Rule*>& rules) {
        const bool msr_load = rules.front()->stage == Stage::msr_load;
        if (msr_load && number_.qualification)
            line(fmt::format("  Entry {} of the VM-entry MSR-load area failed; those before it were loaded.",
                             *number_.qualification));
        if (msr_load && !number_.qualification)
            line("  The exit qualification is the number of the entry that failed, from 1.");
        line(fmt::format("  {} in play:", rules.size() == 1 ? "1 rule is" : fmt::format("{} rules are", rules.size())));
        by_section(rules);
        if (rules.front()->stage == Stage::guest && !number_.qualification) by_qualification(rules);
        if (explain_)
            line(
                "  Get the VMCS: KVM prints it with kvm_intel.dump_invalid_vmcs=1, Xen by itself, another hypervisor "
                "with a loop that prints each field as NAME = 0xVALUE.");
        line("  Which one it is only the VMCS tells: vmxspec why DUMP. A rule's words: vmxspec rule ID.");
    }

    /// Sections with the number of their rules, in the manual's order; for newcomers with what they check, and the
    /// rules. Few rules are listed for all.
    void by_section(const std::vector<const Rule*>& rules) {
        constexpr std::size_t few = 12;
        for (std::size_t first = 0; first < rules.size();) {
            const Citation& place = rules[first]->citation;
            std::size_t end = first;
            std::vector<std::string> ids;
            for (; end < rules.size() && rules[end]->citation == place; ++end) ids.push_back(rules[end]->id);
            line(fmt::format("    {:>3}  {}  {}", end - first, place.section, place.title));
            if (explain_) {
                line(fmt::format("      checks {}", about_section(place.section)));
                line(fmt::format("      {}", fmt::join(ids, ", ")));
            }
            first = end;
        }
        if (explain_ || rules.size() > few) return;
        for (const Rule* rule : rules) line("    " + terminal_.styled(Tone::strong, rule->id));
    }

    void by_qualification(const std::vector<const Rule*>& rules) {
        std::map<std::uint64_t, std::vector<const Rule*>> groups;
        for (const Rule* rule : rules)
            for (const Outcome& outcome : rule->outcomes)
                if (outcome.channel == Channel::entry_failure && outcome.number == outcome::guest_state.number)
                    groups[outcome.qualification].push_back(rule);
        line("  The exit qualification tells them apart:");
        for (const auto& [qualification, members] : groups) {
            std::string ids;
            if (members.size() == 1) ids = ", " + members.front()->id;
            if (members.size() > 1 && members.size() <= 8)
                ids = fmt::format(", {} to {}", members.front()->id, members.back()->id);
            line(fmt::format("    exit qualification {}: {} {}{}", qualification, members.size(),
                             members.size() == 1 ? "rule" : "rules", ids));
        }
    }

    const FailureNumber& number_;
    bool explain_;
    const Terminal& terminal_;
    std::string text_;
};

}  // namespace

std::string number_report(const FailureNumber& number, const std::vector<Meaning>& meanings, bool explain,
                          const Terminal& terminal) {
    return Report{number, explain, terminal}.text(meanings);
}

nlohmann::ordered_json number_json(const FailureNumber& number, const std::vector<Meaning>& meanings) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Meaning& one : meanings) {
        nlohmann::ordered_json ids = nlohmann::ordered_json::array();
        for (const Rule* rule : one.rules) ids.push_back(rule->id);
        list.push_back({{"space", one.space},
                        {"name", one.name},
                        {"section", one.citation.section},
                        {"fails", one.fails},
                        {"rules", ids}});
    }
    nlohmann::ordered_json json{
        {"format", "vmxspec-report"}, {"version", 1}, {"manual", edition.order_number}, {"number", number.number}};
    if (number.qualification) json["qualification"] = *number.qualification;
    json["meanings"] = list;
    return json;
}

}  // namespace vmxspec::query
