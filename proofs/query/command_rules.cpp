#include "proofs/query/command.hpp"
#include "proofs/query/report.hpp"
#include "proofs/query/rule_list.hpp"
#include "proofs/query/terminal.hpp"
#include "proofs/state/input_error.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace vmxspec::query {

namespace {

using Json = nlohmann::ordered_json;

std::string leaves(const Specification& spec, const Rule& rule) {
    std::string text;
    for (const std::size_t n : spec.graph.support(std::array{rule.condition.id()})) {
        const Leaf& leaf = spec.state.leaves()[n];
        text += fmt::format("{}{}", text.empty() ? "" : ", ", leaf.name);
    }
    return text;
}

int show(const std::string& id, const std::string& colour) {
    const Specification spec;
    const Terminal terminal = Terminal::standard_output(colour);
    const auto line = [&](const std::string& content) { fmt::print("{}\n", terminal.wrapped(content)); };
    const Rule* rule = spec.find(id);
    if (rule == nullptr) throw InputError(fmt::format("no rule is named {}; vmxspec rules lists all.", id));
    line(terminal.styled(Tone::strong, rule->id));
    line(fmt::format("  SDM {} {}  ({}, {})", rule->citation.section, rule->citation.title, edition.order_number,
                     edition.date));
    if (const std::string text = condition_text(spec, rule->condition);
        !text.empty() && rule->kind != RuleKind::procedure)
        line(fmt::format("  demanded: {}", text));
    if (!rule->note.empty()) line(fmt::format("  note: {}", rule->note));
    line(fmt::format("  if broken: {}", outcome_text(*rule)));
    line(fmt::format("  reads: {}", leaves(spec, *rule)));
    if (rule->id == "msr-load.wrmsr-gp") {
        fmt::print("  MSRs that are judged:\n");
        for (const load::MsrRow& row : spec.msr_load.table)
            line(fmt::format("    {:8X}H{} {}  (SDM volume {}, {})", row.first,
                             row.first == row.last ? "           " : fmt::format(" - {:8X}H", row.last).substr(0, 12),
                             row.name, row.citation.volume, row.citation.section));
    }
    return exit_yes;
}

int list(const std::string& format, const std::string& colour) {
    const Specification spec;
    const Terminal terminal = Terminal::standard_output(colour);
    if (format == "json") {
        Json json = Json::array();
        for (const Rule* rule : all_rules(spec))
            json.push_back({{"id", rule->id},
                            {"section", rule->citation.section},
                            {"title", rule->citation.title},
                            {"condition", condition_text(spec, rule->condition)},
                            {"outcome", outcome_text(*rule)},
                            {"note", rule->note}});
        fmt::print("{}\n", json.dump(2));
        return exit_yes;
    }
    for (const Rule* rule : all_rules(spec)) {
        if (format == "ids") {
            fmt::print("{}\n", rule->id);
        } else {
            fmt::print("{}\n", terminal.wrapped(fmt::format(
                                   "{} SDM {:9} {}", terminal.styled(Tone::strong, fmt::format("{:36}", rule->id)),
                                   rule->citation.section, condition_text(spec, rule->condition))));
        }
    }
    return exit_yes;
}

}  // namespace

void add_rules(CLI::App& app, int& exit_code) {
    auto id = std::make_shared<std::string>();
    auto colour = std::make_shared<std::string>("auto");
    CLI::App* rule = app.add_subcommand("rule", "One rule: its place in the manual, its condition, its outcome");
    rule->add_option("id", *id, "Rule id, such as guest.cr0.pg-pe")->required();
    add_colour(*rule, *colour);
    rule->callback([id, colour, &exit_code] { exit_code = show(*id, *colour); });

    auto format = std::make_shared<std::string>("text");
    CLI::App* rules = app.add_subcommand("rules", "All rules, in the manual's order");
    rules->add_option("--format", *format, "Output format")->check(CLI::IsMember({"ids", "text", "json"}));
    add_colour(*rules, *colour);
    rules->callback([format, colour, &exit_code] { exit_code = list(*format, *colour); });
}

}  // namespace vmxspec::query
