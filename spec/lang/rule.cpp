#include "spec/lang/rule.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace vmxspec {

const char* to_text(Stage stage) {
    switch (stage) {
        case Stage::basic: return "basic";
        case Stage::control_and_host: return "control_and_host";
        case Stage::guest: return "guest";
        case Stage::msr_load: return "msr_load";
        case Stage::vm_exit: return "vm_exit";
    }
    return "";
}

const char* to_text(RuleKind kind) {
    switch (kind) {
        case RuleKind::check: return "check";
        case RuleKind::advice: return "advice";
        case RuleKind::procedure: return "procedure";
        case RuleKind::consequence: return "consequence";
    }
    return "";
}

void RuleTable::section(Stage stage, Citation citation, std::vector<Outcome> outcomes) {
    stage_ = stage;
    citation_ = citation;
    outcomes_ = std::move(outcomes);
}

void RuleTable::check(std::string id, Bool condition, std::string_view note) {
    check(std::move(id), condition, outcomes_, note);
}

void RuleTable::check(std::string id, Bool condition, std::vector<Outcome> outcomes, std::string_view note) {
    add({std::move(id), citation_, stage_, RuleKind::check, condition, std::move(outcomes), note});
}

void RuleTable::advice(std::string id, Bool condition, std::string_view note) {
    add({std::move(id), citation_, stage_, RuleKind::advice, condition, {}, note});
}

void RuleTable::procedure(std::string id, Graph& graph, std::string_view note) {
    add({std::move(id), citation_, stage_, RuleKind::procedure, constant(graph, true), {}, note});
}

void RuleTable::consequence(std::string id, Bool condition, std::string_view note) {
    add({std::move(id), citation_, stage_, RuleKind::consequence, condition, {}, note});
}

const Rule* RuleTable::find(std::string_view id) const {
    const auto found = std::ranges::find(rules_, id, &Rule::id);
    return found == rules_.end() ? nullptr : &*found;
}

void RuleTable::add(Rule rule) {
    if (find(rule.id) != nullptr) throw std::logic_error("two rules have the id " + rule.id);
    rules_.push_back(std::move(rule));
}

}  // namespace vmxspec
