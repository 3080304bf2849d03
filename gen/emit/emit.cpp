#include "gen/emit/emit.hpp"

#include "gen/emit/machine.hpp"
#include "gen/emit/nested.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace vmxspec::gen {

namespace {

using Json = nlohmann::ordered_json;

const char* name(Op op) {
    switch (op) {
        case Op::constant: return "constant";
        case Op::leaf: return "leaf";
        case Op::bit_and: return "bit_and";
        case Op::bit_or: return "bit_or";
        case Op::bit_xor: return "bit_xor";
        case Op::bit_not: return "bit_not";
        case Op::add: return "add";
        case Op::subtract: return "subtract";
        case Op::shift_left: return "shift_left";
        case Op::shift_right: return "shift_right";
        case Op::extract: return "extract";
        case Op::extend: return "extend";
        case Op::select: return "select";
        case Op::equal: return "equal";
        case Op::below: return "below";
        case Op::logical_and: return "logical_and";
        case Op::logical_or: return "logical_or";
        case Op::logical_not: return "logical_not";
    }
    return "";
}

const char* name(Source source) {
    switch (source) {
        case Source::vmcs: return "vmcs";
        case Source::msr: return "msr";
        case Source::cpuid: return "cpuid";
        case Source::state: return "state";
    }
    return "";
}

const char* name(Channel channel) {
    switch (channel) {
        case Channel::invalid_opcode: return "invalid_opcode";
        case Channel::general_protection: return "general_protection";
        case Channel::vm_exit: return "vm_exit";
        case Channel::vmfail_invalid: return "vmfail_invalid";
        case Channel::vmfail_valid: return "vmfail_valid";
        case Channel::entry_failure: return "entry_failure";
        case Channel::none: return "none";
        case Channel::vmx_abort: return "vmx_abort";
    }
    return "";
}

Json nodes(const Graph& graph) {
    Json list = Json::array();
    for (NodeId id = 0; id < graph.size(); ++id) {
        const Node& node = graph[id];
        Json operands = Json::array();
        for (unsigned k = 0; k < arity(node.op); ++k) operands.push_back(node.operand[k]);
        list.push_back({{"op", name(node.op)}, {"width", node.width}, {"operands", operands}, {"value", node.value}});
    }
    return list;
}

/// Registers are numbered 0 EAX, 1 EBX, 2 ECX, 3 EDX.
Json place(const CpuidPlace& cpuid) {
    return {{"leaf", cpuid.leaf},
            {"subleaf", cpuid.subleaf},
            {"register", static_cast<unsigned>(cpuid.reg)},
            {"high", cpuid.high},
            {"low", cpuid.low}};
}

Json leaves(const State& state) {
    Json list = Json::array();
    for (std::size_t n = 0; n < state.leaves().size(); ++n) {
        const Leaf& leaf = state.leaves()[n];
        Json entry{{"name", leaf.name},   {"manual_name", leaf.manual_name},
                   {"width", leaf.width}, {"source", name(leaf.source)},
                   {"key", leaf.key},     {"node", state.node(n)}};
        if (leaf.source == Source::cpuid) entry["cpuid"] = place(leaf.cpuid);
        list.push_back(std::move(entry));
    }
    return list;
}

Json rules(const RuleTable& table) {
    Json list = Json::array();
    for (const Rule& rule : table) {
        Json outcomes = Json::array();
        for (const Outcome& one : rule.outcomes)
            outcomes.push_back(
                {{"channel", name(one.channel)}, {"number", one.number}, {"qualification", one.qualification}});
        list.push_back({{"id", rule.id},
                        {"section", rule.citation.section},
                        {"title", rule.citation.title},
                        {"stage", to_text(rule.stage)},
                        {"check", rule.kind == RuleKind::check},
                        {"condition", rule.condition.id()},
                        {"outcomes", outcomes},
                        {"note", rule.note}});
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
                        {"value", row.value.id()},
                        {"defined", row.defined.id()},
                        {"kept", row.kept.id()},
                        {"note", row.note}});
    return list;
}

}  // namespace

std::string to_json(Specification& spec) {
    const Json nested = nested_to_json(spec);    // first, like the machine: its leaves and expressions are nodes too
    const Json machine = machine_to_json(spec);  // the diagrams' conditions
    const Json document{
        {"edition", {{"title", edition.title}, {"order_number", edition.order_number}, {"date", edition.date}}},
        {"leaves", leaves(spec.state)},
        {"nodes", nodes(spec.graph)},
        {"rules", rules(spec.rules)},
        {"msr_load", {{"rules", rules(spec.msr_load.rules)}, {"efer_after", spec.msr_load.efer_after.id()}}},
        {"loaded", {{"cr0", spec.loaded.cr0.id()}, {"cr4", spec.loaded.cr4.id()}, {"efer", spec.loaded.efer.id()}}},
        {"machine", machine},
        {"loads",
         {{"after_entry", rows(spec.after_entry)},
          {"after_exit", rows(spec.after_exit)},
          {"after_failure", rows(spec.after_failure)}}},
        {"exit_rules", rules(spec.exit_rules)},
        {"nested", nested},
    };
    return document.dump(1) + "\n";
}

}  // namespace vmxspec::gen
