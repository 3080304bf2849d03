#include "proofs/query/instruction_divergence.hpp"

#include "proofs/query/pattern.hpp"
#include "proofs/query/question.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/state/json_value.hpp"

#include <fmt/format.h>

namespace vmxspec::query {

namespace {

const std::string& known_transition(const Specification& spec, const std::string& id, const std::string& where) {
    if (spec.machine.find(id) == nullptr)
        throw InputError(fmt::format("{}: no transition is named \"{}\".", where, id));
    return id;
}

class Reader {
public:
    Reader(Specification& spec, const std::string& where) : spec_{spec}, where_{where}, names_{spec} {}

    InstructionDivergence divergence(const nlohmann::json& row) {
        const auto text = [&](const char* member) { return json_text(row, member, "", where_); };
        InstructionDivergence one{known_transition(spec_, text("transition"), where_),
                                  pattern(row, "instruction", where_),
                                  pattern(row, "seen", where_),
                                  condition(row),
                                  text("manual"),
                                  text("machine"),
                                  text("evidence")};
        if (one.manual.empty() || one.machine.empty() || one.evidence.empty())
            throw InputError(fmt::format("{}: a divergence needs \"manual\", \"machine\" and \"evidence\".", where_));
        return one;
    }

    Unreached unreached(const nlohmann::json& row) {
        Unreached one{{}, condition(row), json_text(row, "reason", "", where_)};
        if (!row.contains("transitions") || !row["transitions"].is_array() || one.reason.empty())
            throw InputError(
                fmt::format("{}: what is not reached needs \"transitions\", a list, and \"reason\".", where_));
        for (const nlohmann::json& id : row["transitions"]) {
            if (!id.is_string()) throw InputError(fmt::format("{}: a transition is named by a string.", where_));
            one.transitions.push_back(known_transition(spec_, id.get<std::string>(), where_));
        }
        return one;
    }

private:
    Bool condition(const nlohmann::json& row) {
        const std::string text = json_text(row, "where", "", where_);
        return text.empty() ? constant(spec_.graph, true) : parse_question(spec_, names_, text, where_);
    }

    Specification& spec_;
    const std::string& where_;
    Vocabulary names_;
};

template <class F>
void each(const nlohmann::json& document, const char* member, const std::string& where, F f) {
    if (!document.contains(member)) return;
    if (!document[member].is_array()) throw InputError(fmt::format("{}: \"{}\" is no list.", where, member));
    for (const nlohmann::json& row : document[member]) f(row);
}

}  // namespace

InstructionKnowledge parse_instruction_knowledge(Specification& spec, std::string_view json, const std::string& where) {
    const nlohmann::json document = json_document(json, where);
    Reader reader{spec, where};
    InstructionKnowledge known;
    each(document, "instructions", where,
         [&](const nlohmann::json& row) { known.divergences.push_back(reader.divergence(row)); });
    each(document, "unreached", where,
         [&](const nlohmann::json& row) { known.unreached.push_back(reader.unreached(row)); });
    return known;
}

const InstructionDivergence* explain(std::vector<InstructionDivergence>& known, const InstructionTrial& trial,
                                     const InstructionComparison& comparison, const Evaluation& evaluation) {
    if (comparison.taken == nullptr) return nullptr;
    for (InstructionDivergence& one : known) {
        if (one.transition != comparison.taken->id || !std::regex_search(trial.id, one.instruction)) continue;
        if (evaluation.truth(one.where.id()) != true) continue;
        if (comparison.agreement == Agreement::agrees) {
            ++one.vanished;
            continue;
        }
        if (!std::regex_search(comparison.seen, one.seen)) continue;
        ++one.shown;
        return &one;
    }
    return nullptr;
}

}  // namespace vmxspec::query
