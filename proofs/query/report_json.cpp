#include "proofs/query/assumptions.hpp"
#include "proofs/query/collection.hpp"
#include "proofs/query/report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

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
    Json fields = Json::object();
    for (const std::size_t n : one.leaves) {
        const std::optional<std::uint64_t> value = state.value(n);
        if (spec.state.leaves()[n].name.starts_with("msr_entry")) continue;
        fields[spec.state.leaves()[n].name] = with_values && value ? Json(number(*value)) : Json(nullptr);
    }
    Json json{{"rule", one.rule->id},
              {"section", one.rule->citation.section},
              {"title", one.rule->citation.title},
              {"fields", fields}};
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

Json repair(const Specification& spec, const Repair& one) {
    Json changes = Json::array();
    for (const Change& change : one.changes) {
        Json json;
        if (change.msr_entry) {
            json["msr_load_entry"] = *change.msr_entry + 1;
        } else {
            json["field"] = spec.state.leaves()[change.leaf].name;
        }
        json["from"] = number(change.from);
        json["to"] = number(change.to);
        changes.push_back(json);
    }
    return changes;
}

}  // namespace

std::string json_report(const Specification& spec, const KnownState& state, const Judgement& judgement,
                        const std::vector<Repair>& repairs) {
    Json json{{"name", state.name},
              {"processor", state.processor},
              {"manual", edition.order_number},
              {"verdict", to_text(judgement.decision)}};
    json["outcomes"] = Json::array();
    for (const Outcome& one : judgement.outcomes) json["outcomes"].push_back(outcome(one));
    json["violated"] = Json::array();
    for (const Finding& one : judgement.violated) json["violated"].push_back(finding(spec, state, one, true));
    json["undecided"] = Json::array();
    for (const Finding& one : judgement.undecided) json["undecided"].push_back(finding(spec, state, one, false));
    json["advice"] = Json::array();
    for (const Finding& one : judgement.advice) json["advice"].push_back(finding(spec, state, one, true));
    json["repairs"] = Json::array();
    for (const Repair& one : repairs) json["repairs"].push_back(repair(spec, one));
    json["rules_that_hold"] = judgement.held;
    json["assumed"] = assumptions(state);
    json["caveats"] = state.caveats;
    json["collect"] = to_collect(state, judgement);
    return json.dump(2) + "\n";
}

}  // namespace vmxspec::query
