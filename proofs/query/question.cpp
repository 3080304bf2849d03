#include "proofs/query/question.hpp"

#include "proofs/state/input_error.hpp"
#include "proofs/state/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace vmxspec::query {

namespace {

class Meaning {
public:
    Meaning(Specification& spec, Vocabulary& names) : graph_{spec.graph}, names_{names} {}

    Bool of(const Formula& formula) {
        using enum Formula::Kind;
        switch (formula.kind) {
            case comparison: return compared(formula);
            case negation: return !of(formula.parts.at(0));
            case implication: {
                const Bool premise = of(formula.parts.at(0));
                return premise >> of(formula.parts.at(1));
            }
            case conjunction:
            case disjunction: break;
        }
        Bool result = constant(graph_, formula.kind == conjunction);
        for (const Formula& part : formula.parts)
            result = formula.kind == conjunction ? result && of(part) : result || of(part);
        return result;
    }

private:
    Bool compared(const Formula& formula) {
        const Term left = term(formula.left);
        if (formula.sign == Sign::none) {
            if (formula.left.number || left.width != 1)
                throw InputError(fmt::format("{}: {} has {} bits and compares nothing; write {} = 1, for example.",
                                             formula.left.place.text(), formula.left.text, left.width,
                                             formula.left.number ? "guest.cr0.PG" : formula.left.text));
            return left.value == 1;
        }
        const Term right = term(formula.right);
        fits(formula.left, formula.right, right.width);
        fits(formula.right, formula.left, left.width);
        switch (formula.sign) {
            case Sign::unequal: return left.value != right.value;
            case Sign::below: return left.value < right.value;
            case Sign::at_most: return left.value <= right.value;
            case Sign::above: return left.value > right.value;
            case Sign::at_least: return left.value >= right.value;
            case Sign::equal:
            case Sign::none: break;
        }
        return left.value == right.value;
    }

    /// A number that the other side cannot have is a slip of the pen.
    static void fits(const Operand& number, const Operand& other, unsigned width) {
        if (!number.number || other.number || (*number.number & ~low_bits(width)) == 0) return;
        throw InputError(fmt::format("{}: {} does not fit: {} has {} bit{}.", number.place.text(), number.text,
                                     other.text, width, width == 1 ? "" : "s"));
    }

    Term term(const Operand& operand) {
        if (!operand.number) return names_.term(operand);
        return {{&graph_, graph_.make(Op::constant, 64, {}, *operand.number)}, 64};
    }

    Graph& graph_;
    Vocabulary& names_;
};

bool is_blank(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c) != 0; });
}

Transition subject(const Vocabulary& names) {
    const bool success = names.speaks_of(Transition::entry) || names.speaks_of(Transition::exit);
    if (names.speaks_of(Transition::failure) && success)
        throw InputError(
            "a question about failed VM entries (after_failure., exiting.failure_) cannot speak of an entry that "
            "succeeds (after.) or of a VM exit (exiting., after_exit.); ask them apart.");
    if (names.speaks_of(Transition::failure)) return Transition::failure;
    return names.speaks_of(Transition::exit) ? Transition::exit : Transition::entry;
}

/// The leaves that the roots read, as a counterexample tells them, and the lengths of MSR-load areas. It is made small
/// from the last to the first: an example without entries, if there is one, is the plainest; bits that the manual
/// leaves undefined come last.
std::vector<std::size_t> shown(const State& s, Transition about, const std::vector<NodeId>& roots) {
    std::vector<std::size_t> counts{s.leaf("control.entry_msr_load_count")};
    if (about != Transition::entry) counts.push_back(s.leaf("control.exit_msr_load_count"));
    std::vector<std::size_t> undefined;
    std::vector<std::size_t> others;
    for (const std::size_t n : s.graph().support(roots)) {
        if (std::find(counts.begin(), counts.end(), n) != counts.end()) continue;
        (s.leaves()[n].name.starts_with(undefined_area) ? undefined : others).push_back(n);
    }
    undefined.insert(undefined.end(), others.begin(), others.end());
    undefined.insert(undefined.end(), counts.begin(), counts.end());
    return undefined;
}

}  // namespace

Bool parse_question(Specification& spec, Vocabulary& names, std::string_view text, const std::string& where) {
    return Meaning{spec, names}.of(parse_formula(text, where));
}

Question question(Specification& spec, const std::string& given, const std::string& then,
                  const std::string& processor) {
    if (is_blank(then))
        throw InputError("--then is empty; say what every entry should establish, such as after.efer.LME = 0.");
    Vocabulary names{spec};
    Question result;
    result.given = given;
    result.then = then;
    result.processor = processor;
    const Bool premise = parse_question(spec, names, given, "--given");
    const Bool claim = parse_question(spec, names, then, "--then");
    result.about = subject(names);
    result.registers = names.registers();
    for (const NamedRegister& one : result.registers) result.defined.push_back((one.open & one.asked) == 0);

    proofs::Theorem& theorem = result.theorem;
    theorem.name = "question";
    theorem.statement = given + " => " + then;
    theorem.claim = claim;
    theorem.given = {names.at(result.about).made, premise};
    if (!processor.empty()) theorem.given.push_back(is_processor(spec.state, profile(spec.state, processor)));
    theorem.shown = shown(spec.state, result.about, {claim.id(), premise.id()});
    return result;
}

}  // namespace vmxspec::query
