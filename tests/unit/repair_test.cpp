// Repairs: the smallest change, judged again; none where none exists.
#include "proofs/query/repair.hpp"

#include "tests/unit/fixture.hpp"

#include <catch2/catch.hpp>

namespace vmxspec::repair_test {
namespace {

struct Case {
    Specification spec;
    KnownState state;
    query::Judgement judgement;
    std::vector<query::Repair> repairs;

    explicit Case(const nlohmann::json& document)
        : state{test::entry_of(spec.state, document)},
          judgement{query::judge(spec, state)},
          repairs{query::repairs(spec, state, judgement)} {}

    [[nodiscard]] query::Judgement after() const { return query::judge(spec, query::repaired(state, repairs.at(0))); }
};

}  // namespace

TEST_CASE("the recorded failure is repaired by IA32_EFER = 801H in its entry", "[repair]") {
    const Case one{test::fixture_json("virtualbox-after02")};
    REQUIRE(one.repairs.size() == 1);
    REQUIRE(one.repairs[0].changes.size() == 1);
    const query::Change& change = one.repairs[0].changes[0];
    CHECK(change.msr_entry == 0U);
    CHECK(change.from == 0xd01);
    CHECK(change.to == 0x801);
    CHECK(one.after().decision == query::Decision::enters);
}

TEST_CASE("a VMCS field is repaired by its fewest bits", "[repair]") {
    const auto [field, value, to] = GENERATE(table<std::string, std::string, std::uint64_t>({
        {"guest.rflags", "0x200014", 0x200016},  // bit 1 is always 1
        {"guest.rflags", "0x8000200016", 0x200016},
        {"guest.tr_access_rights", "0x89", 0x8b},  // a busy TSS
        // Not a count of 0: that is one value too, but two bits.
        {"control.entry_msr_load", "0x10289bc8", 0x10289bc0},
    }));
    CAPTURE(field, value);
    const Case one{test::changed(test::fixture_json("kvm-before02"), {{field, value}})};
    REQUIRE_FALSE(one.judgement.violated.empty());
    REQUIRE(one.repairs.size() == 1);
    CHECK(one.after().decision == query::Decision::enters);
    REQUIRE(one.repairs[0].changes.size() == 1);
    CHECK_FALSE(one.repairs[0].changes[0].msr_entry.has_value());
    CHECK(one.spec.state.leaves()[one.repairs[0].changes[0].leaf].name == field);
    CHECK(one.repairs[0].changes[0].to == to);
}

TEST_CASE("every repair is judged again: it enters", "[repair]") {
    const std::vector<std::pair<std::string, std::string>> fields =
        GENERATE(values<std::vector<std::pair<std::string, std::string>>>({
            {{"control.pin", "0x0"}},
            {{"control.entry", "0x13ff"}},                                 // IA-32e mode guest without PAE
            {{"control.proc", "0x0"}, {"guest.tr_access_rights", "0x0"}},  // of two sections
            {{"guest.cs_access_rights", "0x10000"}},
            {{"guest.cr4", "0x0"}},
        }));
    const Case one{test::changed(test::fixture_json("virtualbox-after02"), fields)};
    REQUIRE_FALSE(one.judgement.violated.empty());
    REQUIRE(one.repairs.size() == 1);
    CHECK(one.after().violated.empty());
    CHECK(one.after().undecided.size() <= one.judgement.undecided.size());
    for (const query::Change& change : one.repairs[0].changes) CHECK(change.from != change.to);
}

TEST_CASE("no change of the VMCS repairs what is not about the VMCS", "[repair]") {
    const Case one{test::changed(test::fixture_json("virtualbox-before02"), {{"before.cpl", "3"}})};
    REQUIRE_FALSE(one.judgement.violated.empty());
    CHECK(one.repairs.empty());
}

TEST_CASE("an entry of a forbidden MSR is not repaired by its data", "[repair]") {
    nlohmann::json document = test::fixture_json("virtualbox-before02");
    document["msr_load"][2]["index"] = "0xc0000100";
    const Case one{document};
    REQUIRE(one.judgement.violated.size() == 1);
    // What is left is to load fewer entries; the data of the entry cannot help.
    for (const query::Repair& repair : one.repairs)
        for (const query::Change& change : repair.changes) CHECK_FALSE(change.msr_entry.has_value());
    if (!one.repairs.empty()) CHECK(one.after().violated.empty());
}

TEST_CASE("a state that enters needs no repair", "[repair]") {
    CHECK(Case{test::fixture_json("virtualbox-before02")}.repairs.empty());
}

}  // namespace vmxspec::repair_test
