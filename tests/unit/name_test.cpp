// Names as users write them, and questions made of them.
#include "proofs/query/name.hpp"

#include "proofs/query/question.hpp"
#include "proofs/state/input_error.hpp"

#include <catch2/catch.hpp>

namespace vmxspec::name_test {
namespace {

using Catch::Matchers::Contains;

const State& state() {
    static const Specification spec;
    return spec.state;
}

std::string refusal(const std::string& name) {
    try {
        (void)query::resolve(state(), name);
    } catch (const InputError& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("names of leaves and of their bits", "[name]") {
    const auto [text, leaf, high, low] = GENERATE(table<std::string, std::string, unsigned, unsigned>({
        {"guest.cr0", "guest.cr0", 63, 0},
        {"guest.cr0.PG", "guest.cr0", 31, 31},
        {"guest.cr0.pg", "guest.cr0", 31, 31},
        {"GUEST.CR0.PG", "guest.cr0", 31, 31},
        {" guest.cr4.PAE ", "guest.cr4", 5, 5},
        {"guest.rflags.IF", "guest.rflags", 9, 9},
        {"guest.rflags.IOPL", "guest.rflags", 13, 12},
        {"entry.load_efer", "control.entry", 15, 15},
        {"control.entry.load_efer", "control.entry", 15, 15},
        {"entry", "control.entry", 31, 0},
        {"pin.nmi_exiting", "control.pin", 3, 3},
        {"proc2.enable_ept", "control.proc2", 1, 1},
        {"exit2.save_fred", "control.exit2", 0, 0},
        {"guest.cs_access_rights.D/B", "guest.cs_access_rights", 14, 14},
        {"processor.intel64", "processor.intel64", 0, 0},
        {"capability.entry.must_be_1", "capability.entry", 31, 0},
        {"before.efer.LMA", "before.efer", 10, 10},
    }));
    CAPTURE(text);
    const query::Name name = query::resolve(state(), text);
    CHECK(state().leaves()[name.leaf].name == leaf);
    CHECK(name.high == high);
    CHECK(name.low == low);
}

TEST_CASE("an unknown name is answered with the nearest one", "[name]") {
    CHECK_THAT(refusal("guest.cr0.PGE"), Contains("guest.cr0.PGE") && Contains("the nearest name is guest.cr0.p"));
    CHECK_THAT(refusal("guest.crO"), Contains("the nearest name is guest.cr0."));
    CHECK_THAT(refusal("gest.rip"), Contains("the nearest name is guest.rip."));
    CHECK_THAT(refusal("entry.load_effer"), Contains("the nearest name is control.entry.load_efer."));
    CHECK_FALSE(refusal("").empty());
    CHECK_FALSE(refusal(".").empty());
}

TEST_CASE("questions that cannot be understood", "[question]") {
    const auto [text, words] = GENERATE(table<std::string, std::string>({
        {"guest.cr0.PG", "compares nothing"},
        {"guest.cr0.PG=", "lacks one side"},
        {"=1", "lacks one side"},
        {"guest.cr0.PG=1,,guest.cr0.PE=1", "compares nothing"},
        {"guest.cr0.PG=1x", "is not a number"},
        {"guest.cr0.PG=0x10000000000000000", "more than 64 bits"},
        {"guest.nothing=1", "nearest name"},
        {"after.efer.XYZ=1", "nearest name"},
    }));
    CAPTURE(text);
    Specification spec;
    CHECK_THROWS_WITH(query::parse_question(spec, text), Contains(words));
}

TEST_CASE("a question without a claim, or on an unknown processor", "[question]") {
    Specification spec;
    CHECK_THROWS_WITH(query::question(spec, "guest.cr0.PG=1", " ", ""), Contains("--then is empty"));
    CHECK_THROWS_WITH(query::question(spec, "", "after.cr0.PE=1", "i386"), Contains("i386") && Contains("arrandale"));
}

TEST_CASE("comparisons mean what they say", "[question]") {
    Specification spec;
    const auto [text, cr0, expected] = GENERATE(table<std::string, std::uint64_t, bool>({
        {"guest.cr0 = 21H", 0x21, true},
        {"guest.cr0 == 33", 0x21, true},
        {"guest.cr0 != 0x21", 0x21, false},
        {"guest.cr0 < 0x22", 0x21, true},
        {"guest.cr0 < 0x21", 0x21, false},
        {"guest.cr0 <= 0x21", 0x21, true},
        {"guest.cr0 > 0x20", 0x21, true},
        {"0x21 >= guest.cr0", 0x21, true},
        {"guest.cr0.PE=1, guest.cr0.NE=1", 0x21, true},
        {"guest.cr0.PE=1, guest.cr0.PG=1", 0x21, false},
        {"guest.cr0.PE = guest.cr0.NE", 0x21, true},
        {"", 0x21, true},
        {"after.cr0.PG=1", 0x80000021, true},
        {"after.cr0.PG=0", 0x80000021, false},
    }));
    CAPTURE(text);
    const Bool condition = query::parse_question(spec, text);
    std::vector<Known> leaves(spec.state.leaves().size());
    leaves[spec.state.leaf("guest.cr0")] = Known::exactly(cr0, 64);
    CHECK(Evaluation{spec.graph, leaves}.truth(condition.id()) == expected);
}

TEST_CASE("does an entry without IA-32e and EFER load clear LME? With paging it does", "[question][slow]") {
    Specification spec;
    const proofs::Theorem theorem = query::question(spec, "entry.ia32e_mode_guest=0, guest.cr0.PG=1, entry.load_efer=0",
                                                    "after.efer.LME=0", "arrandale");
    CHECK(proofs::Prover{spec}.prove(theorem).verdict == proofs::Verdict::proven);
}

TEST_CASE("without paging it does not: a counterexample with LME set before", "[question][slow]") {
    Specification spec;
    const proofs::Theorem theorem = query::question(spec, "entry.ia32e_mode_guest=0, guest.cr0.PG=0, entry.load_efer=0",
                                                    "after.efer.LME=0", "arrandale");
    const proofs::Proof proof = proofs::Prover{spec}.prove(theorem);
    CHECK(proof.verdict == proofs::Verdict::refuted);
    std::uint64_t before = 0;
    std::uint64_t cr0 = ~std::uint64_t{0};
    for (const proofs::LeafValue& one : proof.counterexample) {
        if (one.leaf == spec.state.leaf("before.efer")) before = one.value;
        if (one.leaf == spec.state.leaf("guest.cr0")) cr0 = one.value;
    }
    CHECK((before & 0x100) != 0);
    CHECK((cr0 & 0x80000000) == 0);
}

TEST_CASE("what no entry has is not proven", "[question][slow]") {
    Specification spec;
    const proofs::Theorem theorem =
        query::question(spec, "guest.cr0.PG=1, guest.cr0.PE=0", "after.efer.LME=0", "arrandale");
    CHECK(proofs::Prover{spec}.prove(theorem).verdict == proofs::Verdict::unknown);
}

}  // namespace vmxspec::name_test
