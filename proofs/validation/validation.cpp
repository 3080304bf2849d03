#include "proofs/validation/validation.hpp"

#include "proofs/query/assumptions.hpp"
#include "proofs/smt/digest.hpp"
#include "proofs/state/text_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace vmxspec::validation {

using query::Agreement;
using query::Comparison;
using query::TraceEntry;

namespace {

/// What the machine did and said.
std::string seen(const TraceEntry& entry) {
    std::string text = to_text(entry.observed);
    if (!entry.said.empty()) text += fmt::format(", \"{}\"", fmt::join(entry.said, "\", \""));
    return text;
}

void add_difference(Result& result, const TraceEntry& entry, const Comparison& comparison) {
    const std::vector<query::Finding>& violated = comparison.judgement.violated;
    const std::string rule = violated.empty() ? "" : violated.front().rule->id;
    const std::string what = seen(entry);
    auto same = std::ranges::find_if(result.differences,
                                     [&](const OpenDifferences& one) { return one.rule == rule && one.seen == what; });
    if (same == result.differences.end())
        same = result.differences.insert(same, {rule, what, comparison.difference, 0, {}});
    ++same->count;
    if (same->samples.size() < samples) same->samples.push_back(entry.id);
}

}  // namespace

Knowledge knowledge(Specification& spec, const std::string& divergences, const std::string& messages) {
    Knowledge result;
    std::string texts;
    if (!divergences.empty()) {
        const std::string text = read_text(divergences);
        result.divergences = query::parse_divergences(spec, text, divergences);
        texts += text;
    }
    if (!messages.empty()) {
        const std::string text = read_text(messages);
        result.messages = std::make_unique<query::Messages>(spec, text, messages);
        texts += text;
    }
    result.digest = smt::hexadecimal(smt::digest(texts));
    return result;
}

Result validate(Specification& spec, const query::Trace& trace, Knowledge& knowledge, const vectors::VectorSet& set,
                const std::function<void(const Look&)>& told) {
    const Exercise exercise{spec};
    Result result;
    result.processor = trace.processor;
    result.model = trace.model;
    result.version = trace.version;
    result.knowledge = knowledge.digest;
    result.set = set;
    result.not_tried = trace.not_tried;
    result.rules = exercise.none();
    for (const TraceEntry& entry : trace.entries) {
        if (set.shard.number > 1 && entry.id.starts_with("base")) continue;
        Comparison comparison = compare(spec, entry);
        if (comparison.agreement == Agreement::agrees && knowledge.messages != nullptr) {
            comparison.difference = message_difference(*knowledge.messages, trace, entry, comparison.judgement);
            if (!comparison.difference.empty()) comparison.agreement = Agreement::differs;
        }
        ++result.entries;
        result.predicted += entry.predicted ? 1 : 0;
        std::size_t RuleTally::*also = nullptr;
        bool known = false;
        switch (comparison.agreement) {
            case Agreement::agrees: ++result.agree; break;
            case Agreement::undecided: ++result.undecided; break;
            case Agreement::differs:
                known = explain(spec, knowledge.divergences, trace, entry, comparison) != nullptr;
                ++(known ? result.known : result.open);
                also = known ? &RuleTally::known : &RuleTally::open;
                if (!known) add_difference(result, entry, comparison);
        }
        told({entry, comparison, known});
        if (comparison.agreement == Agreement::undecided) continue;
        KnownState state = entry.state;
        query::assume_usual_entry(state);
        exercise.count(result.rules, state, comparison.judgement, also);
    }
    for (const query::Divergence& one : knowledge.divergences)
        result.divergences.push_back(
            {one.rule, one.manual, one.machine, one.evidence, concerns(one, trace), one.count, one.shown});
    return result;
}

}  // namespace vmxspec::validation
