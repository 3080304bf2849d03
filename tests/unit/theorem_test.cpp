// The prover's verdicts, and the numbers of rules and theorems: fewer is red. Whoever adds some raises the number here.
#include "proofs/theorems/theorem.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <set>

namespace vmxspec::theorem_test {
namespace {

using proofs::Form;
using proofs::Proof;
using proofs::Prover;
using proofs::Theorem;
using proofs::Verdict;

Proof prove(Specification& spec, Form form, std::vector<Bool> given, Bool claim) {
    return Prover{spec}.prove({"test", "a test", form, std::move(given), claim, Verdict::proven, {}, {}});
}

}  // namespace

TEST_CASE("as many rules as are specified", "[count]") {
    const Specification spec;
    std::map<std::pair<Stage, RuleKind>, int> count;
    for (const RuleTable* table : spec.tables())
        for (const Rule& rule : *table) ++count[{rule.stage, rule.kind}];
    CHECK(count[{Stage::basic, RuleKind::check}] == 8);
    CHECK(count[{Stage::control_and_host, RuleKind::check}] == 152);
    CHECK(count[{Stage::guest, RuleKind::check}] == 177);
    CHECK(count[{Stage::msr_load, RuleKind::check}] == 8);
    CHECK(count[{Stage::msr_load, RuleKind::advice}] == 1);
    CHECK(count[{Stage::vm_exit, RuleKind::check}] == 4);
    CHECK(count[{Stage::vm_exit, RuleKind::consequence}] == 2);
    CHECK(spec.rules.rules().size() + spec.msr_load.rules.rules().size() + spec.exit_rules.rules().size() == 353);
}

TEST_CASE("as many theorems as are proven", "[count]") {
    Specification spec;
    std::map<std::string, int> count;
    std::set<std::string> names, refuted;
    for (const Theorem& theorem : proofs::all_theorems(spec)) {
        CAPTURE(theorem.name);
        CHECK(names.insert(theorem.name).second);
        CHECK_FALSE(theorem.statement.empty());
        ++count[theorem.name.substr(0, theorem.name.find('/'))];
        if (theorem.expected == Verdict::refuted) refuted.insert(theorem.name);
    }
    CHECK(count["rule"] == 692);
    CHECK(count["profile"] == 42);
    CHECK(count["entry"] == 8);
    CHECK(count["msr-load"] == 5);
    CHECK(count["nested"] == 2);
    CHECK(count["translation"] == 1111);
    CHECK(count["generated"] == 1380);
    CHECK(count["generated-c"] == 830);
    CHECK(count["machine"] == 545);
    CHECK(count["soundness"] == 199);
    CHECK(count["failure"] == 111);
    CHECK(count["stages"] == 18);
    CHECK(count["alone"] == 339);
    CHECK(count["implied"] == 6);
    CHECK(count["loads"] == 3);
    CHECK(count.size() == 15);
    // What the manual does not demand, and the recorded mistake.
    CHECK(refuted == std::set<std::string>{"nested/copied-efer", "soundness/entry/pending-debug.bs",
                                           "soundness/exit/ss.base", "soundness/exit/ds.base", "soundness/exit/es.base",
                                           "failure/host/ss.base", "failure/host/ds.base", "failure/host/es.base"});
}

TEST_CASE("verdicts of the prover", "[prover]") {
    Specification spec;
    const auto& cr0 = spec.state.guest.cr0;
    const Bool pg = cr0.pg;
    const Bool pe = cr0.pe;
    CHECK(prove(spec, Form::always, {pg, pg >> pe}, pe).verdict == Verdict::proven);
    CHECK(prove(spec, Form::possible, {pg}, !pe).verdict == Verdict::proven);
    CHECK(prove(spec, Form::possible, {pg, pg >> pe}, !pe).verdict == Verdict::refuted);

    const Proof refuted = prove(spec, Form::always, {pg}, pe);
    CHECK(refuted.verdict == Verdict::refuted);
    REQUIRE(refuted.counterexample.size() == 1);
    CHECK(refuted.counterexample[0].leaf == spec.state.leaf("guest.cr0"));
    CHECK(refuted.counterexample[0].value == 0x80000000);  // the smallest: no other bit

    // From a contradiction everything would follow; it is not proven.
    const Proof vacuous = prove(spec, Form::always, {pg, !pg}, pe);
    CHECK(vacuous.verdict == Verdict::unknown);
    CHECK_FALSE(vacuous.trouble.empty());
    CHECK_FALSE(vacuous.as_expected());
}

TEST_CASE("a query that reaches its limit is unknown, not proven", "[prover]") {
    Specification spec;
    // Factors of a product of two primes, by shifts and additions: nothing that a solver does in a millisecond.
    const Bits<64> a = spec.state.guest.rip;
    const Bits<64> b = spec.state.guest.rsp;
    Bits<64> product = a.same(0);
    for (unsigned k = 0; k < 31; ++k) product = product + select(a[k], b << k, b.same(0));
    const Bool factors = product == 0x3fffffca00000299ULL;
    Prover prover{spec, {1, 7}};
    const Proof proof = prover.prove({"hard",
                                      "factors",
                                      Form::possible,
                                      {a > 1ULL, b > 1ULL, a < (1ULL << 31), b < (1ULL << 31)},
                                      factors,
                                      Verdict::proven,
                                      {},
                                      {}});
    CHECK(proof.verdict == Verdict::unknown);
    CHECK_THAT(proof.trouble, Catch::Contains("time limit"));
}

}  // namespace vmxspec::theorem_test
