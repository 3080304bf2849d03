#include "proofs/catalogue/catalogue.hpp"

#include "proofs/catalogue/applicability.hpp"
#include "proofs/catalogue/example.hpp"
#include "proofs/catalogue/ordinary_entry.hpp"
#include "proofs/query/report.hpp"
#include "proofs/query/rule_list.hpp"
#include "proofs/smt/smtlib.hpp"
#include "spec/machine/diagram.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <bit>
#include <memory>

namespace vmxspec::catalogue {

namespace {

using Json = nlohmann::ordered_json;

const char* name(Breakable breakable) {
    switch (breakable) {
        case Breakable::alone: return "alone";
        case Breakable::with_others: return "with_others";
        case Breakable::never: return "never";
        case Breakable::unknown: return "unknown";
    }
    return "";
}

/// Where software finds the value: `VMCS 6800H`, `MSR 480H`, `CPUID 80000008H.0 EAX[7:0]`.
std::string place(const Leaf& leaf) {
    static constexpr std::array registers{"EAX", "EBX", "ECX", "EDX"};
    switch (leaf.source) {
        case Source::vmcs: return fmt::format("VMCS {:04X}H", leaf.key);
        case Source::msr: return fmt::format("MSR {:X}H", leaf.key);
        case Source::state: return "";
        case Source::cpuid: break;
    }
    const CpuidPlace& at = leaf.cpuid;
    const std::string bits = at.high == at.low ? std::to_string(at.low) : fmt::format("{}:{}", at.high, at.low);
    return fmt::format("CPUID {:X}H.{} {}[{}]", at.leaf, at.subleaf, registers.at(static_cast<std::size_t>(at.reg)),
                       bits);
}

Json described(const Leaf& leaf) {
    return {{"name", leaf.name}, {"manual_name", leaf.manual_name}, {"place", place(leaf)}};
}

Json ids(const std::vector<const Rule*>& rules) {
    Json list = Json::array();
    for (const Rule* rule : rules) list.push_back(rule->id);
    return list;
}

/// A script that asks for a VM entry which breaks the rule.
std::string smtlib(const Specification& spec, const Rule& rule) {
    const std::array roots{rule.condition.id()};
    const smt::SmtLib text{spec.graph, roots, [&](std::size_t n) { return spec.state.leaves()[n].name; }};
    return fmt::format(
        "; {}, SDM {}: kept when the rule holds\n(set-logic QF_BV)\n{}{}(define-fun kept () Bool\n"
        "  {})\n(assert (not kept))\n(check-sat)\n",
        rule.id, rule.citation.section, text.declarations(), text.definitions(), text.term(roots[0], 2));
}

/// What a change does to named bits, and to bits without a name: `NE: 1 → 0`.
Json differing_bits(const Leaf& leaf, const Change& change) {
    Json list = Json::array();
    std::uint64_t open = change.from ^ change.to;
    for (const NamedBits& bits : leaf.bits) {
        const std::uint64_t mask = low_bits(bits.high - bits.low + 1);
        if ((open >> bits.low & mask) == 0) continue;
        list.push_back(
            fmt::format("{}: {} → {}", bits.manual_name, change.from >> bits.low & mask, change.to >> bits.low & mask));
        open &= ~(mask << bits.low);
    }
    if (leaf.width == 0 || std::popcount(open) > 3) return list;
    for (unsigned bit = 0; bit < leaf.width; ++bit)
        if ((open >> bit & 1) != 0)
            list.push_back(fmt::format("bit {}: {} → {}", bit, change.from >> bit & 1, change.to >> bit & 1));
    return list;
}

/// A truth value has no radix.
std::string number(const Leaf& leaf, std::uint64_t value) {
    return leaf.width == 0 ? std::to_string(value) : hex(value);
}

Json example(const Specification& spec, const Example& found) {
    Json changes = Json::array();
    for (const Change& change : found.changes) {
        const Leaf& leaf = spec.state.leaves()[change.leaf];
        Json json = described(leaf);
        json["from"] = number(leaf, change.from);
        json["to"] = number(leaf, change.to);
        json["bits"] = differing_bits(leaf, change);
        changes.push_back(json);
    }
    return {{"changes", changes}, {"implied_by", ids(found.implied_by)}};
}

Json reads(const Specification& spec, const Rule& rule) {
    Json list = Json::array();
    for (const std::size_t n : spec.graph.support(std::array{rule.condition.id()}))
        list.push_back(described(spec.state.leaves()[n]));
    return list;
}

Json ordinary(const Specification& spec, const std::vector<std::uint64_t>& values) {
    std::vector<NodeId> read;
    for (const RuleTable* table : spec.tables())
        for (const Rule& rule : *table) read.push_back(rule.condition.id());
    Json list = Json::array();
    for (const std::size_t n : spec.graph.support(read)) {
        if (values[n] == 0) continue;
        Json json = described(spec.state.leaves()[n]);
        json["value"] = query::value_text(spec.state.leaves()[n], values[n]);
        list.push_back(json);
    }
    return list;
}

Json rows(const load::LoadTable& table) {
    Json list = Json::array();
    for (const load::LoadRow& row : table)
        list.push_back({{"name", row.name},
                        {"section", row.citation.section},
                        {"title", row.citation.title},
                        {"width", row.width},
                        {"note", row.note}});
    return list;
}

Json described(const Specification& spec, const Rule& rule) {
    const bool sentence = rule.kind != RuleKind::procedure;
    return {{"id", rule.id},
            {"section", rule.citation.section},
            {"title", rule.citation.title},
            {"stage", to_text(rule.stage)},
            {"kind", to_text(rule.kind)},
            {"text", sentence ? query::condition_text(spec, rule.condition) : ""},
            {"note", rule.note},
            {"outcome", query::outcome_text(rule)},
            {"smtlib", sentence ? smtlib(spec, rule) : ""},
            {"reads", reads(spec, rule)}};
}

/// A question a rule and processor: of the generations, those at which most came.
constexpr std::array shown_processors{"arrandale", "haswell", "sapphire-rapids"};

}  // namespace

std::string catalogue_json(Specification& spec) {
    const std::vector<std::uint64_t> values = ordinary_entry(spec);
    ExampleSearch search{spec, values};
    std::vector<std::unique_ptr<Processor>> processors;
    Json profiles = Json::array();
    for (const char* name : shown_processors) {
        const Profile one = profile(spec.state, name);
        profiles.push_back({{"name", name}, {"title", one.title}, {"origin", one.origin}});
        processors.push_back(std::make_unique<Processor>(spec, one));
    }
    Json rules = Json::array();
    for (const Rule* rule : query::all_rules(spec)) {
        Json json = described(spec, *rule);
        const bool breakable = rule->kind == RuleKind::check || rule->kind == RuleKind::advice;
        if (breakable) json["example"] = example(spec, search(*rule));
        json["processors"] = Json::array();
        for (std::size_t n = 0; breakable && n < processors.size(); ++n) {
            const Applicability answer = (*processors[n])(*rule);
            json["processors"].push_back(
                {{"name", profiles[n]["name"]}, {"breakable", name(answer.breakable)}, {"with", ids(answer.with)}});
        }
        rules.push_back(json);
    }
    const Json document{
        {"edition", {{"title", edition.title}, {"order_number", edition.order_number}, {"date", edition.date}}},
        {"profiles", profiles},
        {"rules", rules},
        {"ordinary_entry", ordinary(spec, values)},
        {"loads",
         {{"after_entry", rows(spec.after_entry)},
          {"after_exit", rows(spec.after_exit)},
          {"after_failure", rows(spec.after_failure)}}},
        {"diagrams",
         {{"operation", machine::to_dot(machine::operation_diagram(spec.state, spec.machine))},
          {"region", machine::to_dot(machine::region_diagram(spec.state, spec.machine))}}},
    };
    return document.dump(1) + "\n";
}

}  // namespace vmxspec::catalogue
