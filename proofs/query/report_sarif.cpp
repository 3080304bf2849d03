// SARIF 2.1.0 (OASIS Standard, 27 March 2020). Sections in the comments are its own.
#include "proofs/query/artifact_uri.hpp"
#include "proofs/query/collection.hpp"
#include "proofs/query/explanation.hpp"
#include "proofs/query/finding_text.hpp"
#include "proofs/query/report.hpp"
#include "proofs/query/rule_list.hpp"
#include "proofs/query/version.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

namespace vmxspec::query {

namespace {

using Json = nlohmann::ordered_json;

/// Braces would be places for arguments (3.11.5).
Json message(const std::string& text) {
    std::string escaped;
    for (const char c : text) escaped += std::string(c == '{' || c == '}' ? 2 : 1, c);
    return {{"text", escaped}};
}

/// With a period: viewers that are short of space show what comes before it.
std::string sentence(std::string text) { return text.ends_with('.') ? text : text + "."; }

/// The dump as a whole: readers do not keep lines, so that no region is told (3.29.4).
Json artifact_location(const std::string& file) {
    // What has no URI is told by its index (3.4.2).
    if (file == "-") return {{"index", 0}};
    Json location{{"uri", artifact_uri(file)}, {"index", 0}};
    if (is_relative(file)) location["uriBaseId"] = working_directory;
    return location;
}

class Run {
public:
    Run(const Specification& spec, const std::string& file) : spec_{spec}, file_{file} {}

    void add(const JudgedDump& dump) {
        const Section section = section_of(dump);
        for (const Finding& one : dump.judgement.violated) add(section, one, "fail", "error", broken(dump, one));
        for (const Finding& one : dump.judgement.undecided) add(section, one, "open", "none", open(dump, one));
        for (const Finding& one : dump.judgement.advice) add(section, one, "fail", "note", broken(dump, one));
        const std::string where = dump.state.name.empty() ? "" : dump.state.name + ": ";
        for (const std::string& caveat : dump.state.caveats) notify(sentence(where + "the dump: " + caveat));
        for (const std::string& one : to_collect(dump.state, dump.judgement))
            notify(sentence(where + "to judge the open rules, collect " + one));
        dumps_.push_back({{"name", dump.state.name},
                          {"processor", dump.state.processor},
                          {"verdict", to_text(dump.judgement.decision)},
                          {"outcomes", json_outcomes(dump.judgement)},
                          {"repairs", json_repairs(spec_, dump.repairs)},
                          {"rules_that_hold", dump.judgement.held}});
    }

    [[nodiscard]] Json json(int exit_code) const {
        const bool is_stream = file_ == "-";
        Json location = artifact_location(file_), roles = Json::array({"analysisTarget"});
        if (is_stream) {
            location["description"] = message("standard input");
            roles.push_back("standardStream");
        }
        const Json artifact{{"location", location}, {"roles", roles}};
        Json invocation{
            {"executionSuccessful", true}, {"exitCode", exit_code}, {"toolExecutionNotifications", notifications_}};
        if (is_stream) invocation["stdin"] = artifact_location(file_);
        Json run{{"tool",
                  {{"driver",
                    {{"name", "vmxspec"},
                     {"version", tool_version},
                     {"semanticVersion", tool_version},
                     {"shortDescription", message("A formally checked specification of Intel VMX.")},
                     {"rules", rules_}}}}},
                 {"invocations", Json::array({invocation})},
                 {"artifacts", Json::array({artifact})},
                 {"logicalLocations", places_},
                 {"results", results_},
                 {"properties", {{"manual", edition.order_number}, {"dumps", dumps_}}}};
        // The directory itself is left out (3.14.14): it says nothing to another reader.
        if (is_relative(file_))
            run["originalUriBaseIds"] = {
                {working_directory, {{"description", message("The directory in which vmxspec was run.")}}}};
        return run;
    }

private:
    /// A dump of the input, with its place among the logical locations if it has a name.
    struct Section {
        const JudgedDump& dump;
        std::optional<std::size_t> place;
    };

    Section section_of(const JudgedDump& dump) {
        if (dump.state.name.empty()) return {dump, std::nullopt};
        return {dump, place(dump.state.name, "dump", std::nullopt)};
    }

    /// Index of a logical location, added when it is new.
    std::size_t place(const std::string& name, const char* kind, std::optional<std::size_t> parent) {
        const std::string full =
            parent ? fmt::format("{}/{}", places_[*parent].at("name").get<std::string>(), name) : name;
        const auto [known, is_new] = place_index_.try_emplace({parent, full}, places_.size());
        if (!is_new) return known->second;
        Json json{{"name", name}, {"fullyQualifiedName", full}, {"kind", kind}};
        if (parent) json["parentIndex"] = *parent;
        places_.push_back(json);
        return known->second;
    }

    [[nodiscard]] Json place_reference(std::size_t index) const {
        return {{"index", index}, {"fullyQualifiedName", places_[index].at("fullyQualifiedName")}};
    }

    std::string broken(const JudgedDump& dump, const Finding& one) const {
        const std::string condition = condition_text(spec_, one.rule->condition);
        std::vector<std::string> values;
        if (one.msr_entry) values.push_back(msr_entry_text(spec_, dump.state, *one.msr_entry));
        for (const std::size_t n : telling_leaves(spec_, dump.state, one))
            values.push_back(leaf_text(spec_, dump.state, n));
        const std::string why = derivation(dump.state, dump.judgement, one);
        return fmt::format("{} is broken{}. {}{}SDM {} {}.", one.rule->id,
                           condition.empty() ? "" : "; demanded: " + condition,
                           values.empty() ? "" : fmt::format("{}. ", fmt::join(values, "; ")),
                           why.empty() ? "" : why + " ", one.rule->citation.section, one.rule->citation.title);
    }

    std::string open(const JudgedDump& dump, const Finding& one) const {
        return fmt::format("{} cannot be judged; what would decide: {}. SDM {} {}.", one.rule->id,
                           missing_text(spec_, dump.state, one), one.rule->citation.section, one.rule->citation.title);
    }

    void add(const Section& section, const Finding& one, const char* kind, const char* level, const std::string& text) {
        const KnownState& state = section.dump.state;
        Json location{{"physicalLocation", {{"artifactLocation", artifact_location(file_)}}}};
        if (section.place) location["logicalLocations"] = Json::array({place_reference(*section.place)});
        Json related = Json::array();
        for (const std::size_t n : one.leaves) {
            const Leaf& leaf = spec_.state.leaves()[n];
            if (leaf.source != Source::vmcs) continue;
            related.push_back(
                {{"logicalLocations", Json::array({place_reference(place(leaf.name, "VMCS field", section.place))})},
                 {"message", message(state.value(n) ? leaf_text(spec_, state, n)
                                                    : fmt::format("{} is not known", leaf.manual_name))}});
        }
        Json properties{{"fields", json_fields(spec_, state, one, true)}};
        if (one.msr_entry) properties["msr_load_entry"] = *one.msr_entry + 1;
        results_.push_back({{"ruleId", one.rule->id},
                            {"ruleIndex", rule(*one.rule)},
                            {"kind", kind},
                            {"level", level},
                            {"message", message(text)},
                            {"locations", Json::array({location})},
                            {"relatedLocations", related},
                            {"properties", properties}});
    }

    /// Index of a rule, added when it is new.
    std::size_t rule(const Rule& rule) {
        const auto [known, is_new] = rule_index_.try_emplace(rule.id, rules_.size());
        if (!is_new) return known->second;
        const Citation& place = rule.citation;
        const std::string condition = condition_text(spec_, rule.condition);
        const std::string brief = sentence(condition.empty() ? std::string{place.title} : condition);
        const std::string note = rule.note.empty() ? "" : " " + sentence(std::string{rule.note});
        rules_.push_back(
            {{"id", rule.id},
             {"shortDescription", message(brief)},
             {"fullDescription", message(brief + note)},
             {"help", message(fmt::format("Intel SDM volume {}, {} {} ({}, {}): checks {}. If broken: {}.",
                                          place.volume, place.section, place.title, edition.order_number, edition.date,
                                          about_section(place.section), outcome_text(rule)))},
             {"defaultConfiguration", {{"level", rule.kind == RuleKind::advice ? "note" : "error"}}},
             {"properties", {{"section", place.section}, {"title", place.title}, {"stage", to_text(rule.stage)}}}});
        return known->second;
    }

    void notify(const std::string& text) { notifications_.push_back({{"level", "note"}, {"message", message(text)}}); }

    const Specification& spec_;
    const std::string& file_;
    Json rules_ = Json::array(), results_ = Json::array(), places_ = Json::array();
    Json notifications_ = Json::array(), dumps_ = Json::array();
    std::map<std::string, std::size_t> rule_index_;
    std::map<std::pair<std::optional<std::size_t>, std::string>, std::size_t>
        place_index_;  ///< by parent and full name
};

}  // namespace

Json sarif_report(const Specification& spec, std::span<const JudgedDump> dumps, const std::string& file,
                  int exit_code) {
    Run run{spec, file};
    for (const JudgedDump& one : dumps) run.add(one);
    return {{"$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"},
            {"version", "2.1.0"},
            {"runs", Json::array({run.json(exit_code)})}};
}

}  // namespace vmxspec::query
