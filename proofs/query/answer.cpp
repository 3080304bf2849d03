#include "proofs/query/answer.hpp"

#include "spec/lang/known.hpp"

namespace vmxspec::query {

namespace {

using proofs::Verdict;

/// The counterexample as values of all leaves; those that it does not tell are 0.
std::vector<Known> leaf_values(const State& s, const proofs::Proof& proof, bool undefined_too) {
    std::vector<Known> values;
    for (const Leaf& leaf : s.leaves()) {
        const bool open = !undefined_too && leaf.name.starts_with(undefined_area);
        values.push_back(open ? Known::unknown() : Known::exactly(0, leaf.width));
    }
    for (const proofs::LeafValue& one : proof.counterexample) {
        const Leaf& leaf = s.leaves()[one.leaf];
        if (undefined_too || !leaf.name.starts_with(undefined_area))
            values[one.leaf] = Known::exactly(one.value, leaf.width);
    }
    return values;
}

/// An entry of an area that is not there, or an area without entries.
bool is_of_empty_area(const Leaf& leaf, std::uint64_t value) {
    const bool of_area = leaf.name.find("msr_entry[") != std::string::npos || leaf.name.ends_with("_msr_load_count");
    return of_area && value == 0;
}

std::vector<AnsweredValue> values_of(const Specification& spec, const Question& question, const proofs::Proof& proof) {
    std::vector<AnsweredValue> result;
    for (std::size_t k = 0; k < proof.counterexample.size(); ++k) {
        const auto [n, value] = proof.counterexample[k];
        const Leaf& leaf = spec.state.leaves()[n];
        if (leaf.name.starts_with(undefined_area) || is_of_empty_area(leaf, value)) continue;
        result.push_back({leaf, value, 0, nullptr, k < proof.shown});
    }
    const Evaluation evaluation{spec.graph, leaf_values(spec.state, proof, true)};
    for (const NamedRegister& one : question.registers) {
        Leaf leaf = spec.state.leaves()[one.format];
        leaf.name = one.name;
        leaf.width = one.row->width;
        if (one.format == 0) leaf.bits.clear();
        result.push_back({leaf, evaluation.value(one.value.id()).value_or(0),
                          evaluation.value(one.open.id()).value_or(0) & one.asked, one.row, true});
    }
    return result;
}

/// Of the undefined bits the counterexample says nothing that counts if the claim is open without them.
bool depends_on_undefined(const Specification& spec, const Question& question, const proofs::Proof& proof) {
    const Evaluation evaluation{spec.graph, leaf_values(spec.state, proof, false)};
    return !evaluation.truth(question.theorem.claim.id()).has_value();
}

std::string no_such(Transition about) {
    switch (about) {
        case Transition::entry: return "no VM entry that succeeds has what is given";
        case Transition::exit: return "no VM exit has what is given";
        case Transition::failure: return "no VM entry that fails in loading guest state or MSRs has what is given";
    }
    return {};
}

}  // namespace

Answer answer(Specification& spec, const Question& question) {
    smt::Limits limits;
    limits.propositional = true;  // a small counterexample takes many checks
    proofs::Prover prover{spec, limits};
    proofs::Proof proof = prover.prove(question.theorem);
    Answer result;
    result.verdict = proof.verdict;
    result.seconds = proof.seconds;
    if (proof.verdict == Verdict::unknown)
        result.reason =
            proof.trouble == "the assumptions contradict each other" ? no_such(question.about) : proof.trouble;
    if (proof.verdict != Verdict::refuted) return result;
    if (depends_on_undefined(spec, question, proof)) {
        // An example that does not turn on what is undefined says more.
        result.by_undefined = true;
        proofs::Theorem where_defined = question.theorem;
        for (const Bool one : question.defined) where_defined.given.push_back(one);
        const proofs::Proof second = prover.prove(where_defined);
        result.seconds += second.seconds;
        result.holds_where_defined = second.verdict == Verdict::proven;
        if (second.verdict == Verdict::refuted) {
            proof = second;
            result.by_undefined = depends_on_undefined(spec, question, proof);
        }
    }
    result.values = values_of(spec, question, proof);
    return result;
}

}  // namespace vmxspec::query
