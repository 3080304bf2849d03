#include "proofs/query/assumptions.hpp"
#include "proofs/query/collection.hpp"
#include "proofs/query/finding_text.hpp"
#include "proofs/query/report.hpp"

#include <fmt/format.h>

namespace vmxspec::query {

namespace {

using Json = nlohmann::ordered_json;

std::string number(std::uint64_t value) { return fmt::format("{:#x}", value); }

const char* name(Channel channel) {
    switch (channel) {
        case Channel::invalid_opcode: return "#UD";
        case Channel::general_protection: return "#GP(0)";
        case Channel::vm_exit: return "VM exit";
        case Channel::vmfail_invalid: return "VMfailInvalid";
        case Channel::vmfail_valid: return "VMfailValid";
        case Channel::entry_failure: return "VM-entry failure";
        case Channel::none: return "none";
        case Channel::vmx_abort: return "VMX abort";
    }
    return "";
}

Json outcome(const Outcome& one) {
    Json json{{"kind", name(one.channel)}};
    if (one.channel == Channel::vmfail_valid) json["error"] = one.number;
    if (one.channel == Channel::vm_exit) json["exit_reason"] = number(one.number);
    if (one.channel == Channel::entry_failure) {
        json["exit_reason"] = number(exit_reason(one));
        json["qualification"] = one.qualification;
    }
    return json;
}

Json finding(const Specification& spec, const KnownState& state, const Finding& one, bool with_values) {
    Json json{{"rule", one.rule->id},
              {"section", one.rule->citation.section},
              {"title", one.rule->citation.title},
              {"fields", json_fields(spec, state, one, with_values)}};
    if (one.msr_entry) {
        json["msr_load_entry"] = *one.msr_entry + 1;
        if (*one.msr_entry < state.entry_msr_load.size()) {
            const MsrAreaEntry& entry = state.entry_msr_load[*one.msr_entry];
            json["index"] = entry.index ? Json(number(*entry.index)) : Json(nullptr);
            json["data"] = entry.data ? Json(number(*entry.data)) : Json(nullptr);
        }
    }
    return json;
}

Json ids(const std::vector<const Rule*>& rules) {
    Json list = Json::array();
    for (const Rule* rule : rules) list.push_back(rule->id);
    return list;
}

Json change_json(const Specification& spec, const Change& change) {
    Json json;
    if (change.msr_entry)
        json["msr_load_entry"] = *change.msr_entry + 1;
    else
        json["field"] = spec.state.leaves()[change.leaf].name;
    json["from"] = number(change.from);
    json["to"] = number(change.to);
    json["because"] = Json::array();
    for (const Reason& reason : change.because)
        json["because"].push_back(
            {{"bits", number(reason.bits)},
             {"rules", ids(reason.rules)},
             {"capability", reason.capability.empty() ? Json(nullptr) : Json(reason.capability)}});
    return json;
}

Json repair(const Specification& spec, const Repair& one) {
    Json changes = Json::array();
    for (const Change& change : one.changes) changes.push_back(change_json(spec, change));
    return {{"changes", changes}, {"opens", ids(one.opens)}};
}

Json recorded_json(const Recorded& one) {
    return {{"exit_reason", number(one.exit_reason)},
            {"qualification", one.qualification ? Json(*one.qualification) : Json(nullptr)},
            {"as_derived", one.as_derived}};
}

Json dump_json(const Specification& spec, const JudgedDump& dump) {
    const Judgement& judgement = dump.judgement;
    Json json{{"name", dump.state.name},
              {"processor", dump.state.processor},
              {"verdict", to_text(judgement.decision)},
              {"outcomes", json_outcomes(judgement)}};
    const auto findings = [&](const std::vector<Finding>& list, bool with_values) {
        Json array = Json::array();
        for (const Finding& one : list) array.push_back(finding(spec, dump.state, one, with_values));
        return array;
    };
    json["violated"] = findings(judgement.violated, true);
    json["undecided"] = findings(judgement.undecided, false);
    json["advice"] = findings(judgement.advice, true);
    json["repairs"] = json_repairs(spec, dump.repairs);
    const std::optional<Recorded> told = recorded(dump.state, judgement);
    json["recorded"] = told ? recorded_json(*told) : Json(nullptr);
    json["rules_that_hold"] = judgement.held;
    json["assumed"] = assumptions(dump.state);
    json["caveats"] = dump.state.caveats;
    json["collect"] = to_collect(dump.state, judgement);
    return json;
}

}  // namespace

Json json_outcomes(const Judgement& judgement) {
    Json list = Json::array();
    for (const Outcome& one : judgement.outcomes) list.push_back(outcome(one));
    return list;
}

Json json_repairs(const Specification& spec, const std::vector<Repair>& repairs) {
    Json list = Json::array();
    for (const Repair& one : repairs) list.push_back(repair(spec, one));
    return list;
}

Json json_fields(const Specification& spec, const KnownState& state, const Finding& finding, bool values) {
    Json fields = Json::object();
    for (const std::size_t n : finding.leaves) {
        const std::optional<std::uint64_t> value = state.value(n);
        if (spec.state.leaves()[n].name.starts_with("msr_entry")) continue;
        fields[spec.state.leaves()[n].name] = values && value ? Json(number(*value)) : Json(nullptr);
    }
    return fields;
}

Json json_report(const Specification& spec, std::span<const JudgedDump> dumps) {
    Json list = Json::array();
    for (const JudgedDump& one : dumps) list.push_back(dump_json(spec, one));
    return {{"format", "vmxspec-report"}, {"version", 1}, {"manual", edition.order_number}, {"dumps", list}};
}

}  // namespace vmxspec::query
