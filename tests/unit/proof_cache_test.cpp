// Proofs that an earlier run left: found by what a theorem says, not by its name.
#include "proofs/theorems/proof_cache.hpp"
#include "proofs/state/input_error.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

namespace proof_cache_test {

using namespace vmxspec;
using namespace vmxspec::proofs;

/// A path in the working directory of the tests, without a file.
std::string fresh(const char* name) {
    std::filesystem::remove(name);
    return name;
}

Theorem paging_needs_protection(Specification& spec, Bool given) {
    return {"rule", "CR0.PE", Form::always, {given}, spec.state.guest.cr0.pe, Verdict::proven, {}};
}

TEST_CASE("SHA-256 of expressions is the same in every graph", "[cache]") {
    CHECK(smt::hexadecimal(smt::digest("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const auto name = [](std::size_t leaf) { return "leaf" + std::to_string(leaf); };
    Graph one, other;
    const NodeId a = one.add_leaf(8);
    const NodeId sum = one.make(Op::add, 8, {a, one.make(Op::constant, 8, {}, 3)});
    const NodeId three = other.make(Op::constant, 8, {}, 3);
    const NodeId same_sum = other.make(Op::add, 8, {other.add_leaf(8), three});
    const NodeId difference = other.make(Op::subtract, 8, {other.leaf(0), three});
    smt::Digests of_one{one, name}, of_other{other, name};
    CHECK(of_one(sum) == of_other(same_sum));
    CHECK(of_one(sum) != of_other(difference));
    CHECK(of_other(three) != of_other(other.make(Op::constant, 16, {}, 3)));
    smt::Digests renamed{other, [](std::size_t) { return std::string{"x"}; }};
    CHECK(of_one(sum) != renamed(same_sum));
}

TEST_CASE("a verdict is found again, with its counterexample", "[cache]") {
    Specification spec;
    const std::string path = fresh("proof_cache_test.json");
    const Theorem theorem = paging_needs_protection(spec, spec.state.guest.cr0.pg);
    Proof proof = Prover{spec}.prove(theorem);
    REQUIRE(proof.verdict == Verdict::refuted);
    {
        ProofCache cache{spec, path};
        CHECK_FALSE(cache.find(theorem));
        cache.add(theorem, proof);
        cache.save(true);
    }
    Specification later;
    ProofCache cache{later, path};
    Theorem again = paging_needs_protection(later, later.state.guest.cr0.pg);
    again.name = "renamed";
    const std::optional<Proof> found = cache.find(again);
    REQUIRE(found);
    CHECK(found->cached);
    CHECK(found->name == "renamed");
    CHECK(found->verdict == Verdict::refuted);
    REQUIRE(found->counterexample.size() == proof.counterexample.size());
    CHECK(found->counterexample[0].leaf == proof.counterexample[0].leaf);
    CHECK(found->counterexample[0].value == proof.counterexample[0].value);

    // Another assumption, claim or form is another theorem.
    CHECK_FALSE(cache.find(paging_needs_protection(later, later.state.guest.cr0.wp)));
    again.form = Form::possible;
    CHECK_FALSE(cache.find(again));
}

TEST_CASE("what was not needed leaves the file only when all was asked for", "[cache]") {
    Specification spec;
    const std::string path = fresh("proof_cache_test.json");
    const Theorem first = paging_needs_protection(spec, spec.state.guest.cr0.pg);
    const Theorem second = paging_needs_protection(spec, spec.state.guest.cr0.wp);
    Proof proof = proof_of(first);
    proof.verdict = Verdict::refuted;
    const auto run = [&](const Theorem& theorem, bool all) {
        ProofCache cache{spec, path};
        if (!cache.find(theorem)) cache.add(theorem, proof);
        cache.save(all);
    };
    run(first, true);
    run(second, false);
    CHECK(ProofCache(spec, path).find(first));
    run(second, true);
    CHECK_FALSE(ProofCache(spec, path).find(first));
    CHECK(ProofCache(spec, path).find(second));
    proof.verdict = Verdict::unknown;
    run(first, true);
    CHECK_FALSE(ProofCache(spec, path).find(first));
}

TEST_CASE("a file that holds no proofs is refused and left as it is", "[cache]") {
    Specification spec;
    const std::string path = fresh("proof_cache_test.json");
    std::ofstream{path} << "{\"format\": \"something else\", \"proofs\": {}}";
    CHECK_THROWS_AS((ProofCache{spec, path}), InputError);
    CHECK(std::filesystem::file_size(path) == 42);
    CHECK_THROWS_AS(ProofCache(spec, "no-such-directory/proofs.json").save(true), InputError);
}

}  // namespace proof_cache_test
