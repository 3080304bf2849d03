#include "proofs/query/message.hpp"

#include "proofs/query/pattern.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/state/json_value.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace vmxspec::query {

namespace {

std::string with_name(std::string text, const std::string& name) {
    for (std::size_t at = 0; (at = text.find("{}", at)) != std::string::npos; at += name.size())
        text.replace(at, 2, name);
    return text;
}

std::string lower(std::string text) {
    for (char& one : text)
        if (one >= 'A' && one <= 'Z') one = static_cast<char>(one - 'A' + 'a');
    return text;
}

std::vector<std::string> texts(const nlohmann::json& row, const char* member, const std::string& where) {
    std::vector<std::string> list;
    if (!row.contains(member)) return list;
    for (const nlohmann::json& one : row[member]) {
        if (!one.is_string()) throw InputError(fmt::format("{}: \"{}\" is no list of texts.", where, member));
        list.push_back(one);
    }
    return list;
}

/// Ids of the rules of the first stage that fails, and of what might fail before or with it.
std::set<std::string> candidates(const Judgement& judgement) {
    std::set<std::string> ids;
    const std::optional<Stage> first = first_failing_stage(judgement);
    if (!first) return ids;
    for (const std::vector<Finding>* list : {&judgement.violated, &judgement.undecided})
        for (const Finding& finding : *list)
            if (finding.rule->stage <= *first) ids.insert(finding.rule->id);
    return ids;
}

}  // namespace

Messages::Messages(const Specification& spec, std::string_view json, const std::string& where) {
    const nlohmann::json document = json_document(json, where);
    if (json_text(document, "format", "", where) != "vmxspec-messages" || !document["messages"].is_array())
        throw InputError(fmt::format("{} is no list of messages: its \"format\" is not \"vmxspec-messages\".", where));
    for (const nlohmann::json& row : document["messages"]) {
        const std::string text = json_text(row, "text", "", where);
        std::vector<std::string> names = texts(row, "of", where);
        if (names.empty()) names.emplace_back();
        for (const std::string& name : names) {
            Row one;
            one.text = pattern(with_name(text, name), where, std::regex::ECMAScript | std::regex::optimize);
            for (const std::string& rule : texts(row, "rules", where)) {
                one.rules.push_back(with_name(rule, lower(name)));
                if (spec.find(one.rules.back()) == nullptr)
                    throw InputError(fmt::format("{}: no rule is named {}.", where, one.rules.back()));
            }
            rows_.push_back(std::move(one));
        }
    }
}

const std::vector<std::string>* Messages::rules(const std::string& message) const {
    const auto [known, fresh] = known_.try_emplace(message, nullptr);
    if (fresh) {
        const auto row =
            std::ranges::find_if(rows_, [&](const Row& one) { return std::regex_match(message, one.text); });
        if (row != rows_.end()) known->second = &*row;
    }
    return known->second == nullptr ? nullptr : &known->second->rules;
}

std::string message_difference(const Messages& messages, const Trace& trace, const TraceEntry& entry,
                               const Judgement& judgement) {
    if (trace.version.empty()) return {};
    const bool failed = !entry.observed.died && entry.observed.channel != Channel::none;
    if (failed && entry.said.empty()) return fmt::format("{} does not say why the entry fails", trace.version);
    const std::set<std::string> broken = candidates(judgement);
    for (const std::string& said : entry.said) {
        const std::vector<std::string>* rules = messages.rules(said);
        if (rules == nullptr) return fmt::format("nobody knows what {} says: \"{}\"", trace.version, said);
        if (!failed || broken.empty() || rules->empty()) continue;
        if (std::ranges::none_of(*rules, [&](const std::string& rule) { return broken.contains(rule); }))
            return fmt::format("{} says \"{}\", which is {}; broken is {}", trace.version, said,
                               fmt::join(*rules, " or "), fmt::join(broken, ", "));
    }
    return {};
}

}  // namespace vmxspec::query
