// The report of `vmxspec why`, as JSON whole and as text where words matter.
#include "proofs/query/report.hpp"

#include "tests/unit/fixture.hpp"

#include <catch2/catch.hpp>

namespace vmxspec::report_test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

struct Case {
    Specification spec;
    KnownState state;
    query::Judgement judgement;
    std::vector<query::Repair> repairs;

    explicit Case(const json& document)
        : state{test::entry_of(spec.state, document)},
          judgement{query::judge(spec, state)},
          repairs{query::repairs(spec, state, judgement)} {}

    [[nodiscard]] json as_json() const { return json::parse(query::json_report(spec, state, judgement, repairs)); }
    [[nodiscard]] std::string as_text() const {
        return query::text_report(spec, state, judgement, repairs, true, true);
    }
};

}  // namespace

TEST_CASE("the recorded failure as JSON", "[report]") {
    const json report = Case{test::fixture_json("virtualbox-after02")}.as_json();
    CHECK(report.at("verdict") == "fails");
    CHECK(report.at("outcomes") ==
          json::parse(R"([{"kind": "VM-entry failure", "exit_reason": "0x80000022", "qualification": 1}])"));
    CHECK(report.at("undecided") == json::array());
    REQUIRE(report.at("violated").size() == 1);
    const json& violated = report.at("violated").at(0);
    CHECK(violated.at("rule") == "msr-load.efer.lme-pg");
    CHECK(violated.at("section") == "29.4");
    CHECK(violated.at("fields").at("guest.cr0") == "0x80010035");
    CHECK(violated.at("msr_load_entry") == 1);
    CHECK(violated.at("index") == "0xc0000080");
    CHECK(violated.at("data") == "0xd01");
    CHECK(report.at("repairs") == json::parse(R"([[{"msr_load_entry": 1, "from": "0xd01", "to": "0x801"}]])"));
    CHECK(report.at("processor") == "arrandale");
}

TEST_CASE("other verdicts as JSON", "[report]") {
    const json enters = Case{test::fixture_json("virtualbox-before02")}.as_json();
    CHECK(enters.at("verdict") == "enters");
    for (const char* key : {"outcomes", "violated", "undecided", "repairs"}) CHECK(enters.at(key) == json::array());
    const json open = Case{test::changed(test::fixture_json("virtualbox-before02"), {{"guest.cr4", ""}})}.as_json();
    CHECK(open.at("verdict") == "undecided");
    CHECK(open.at("outcomes") == json::array());
    bool named = false;
    for (const json& one : open.at("undecided"))
        named = named || (one.at("rule") == "guest.cr4.fixed" && one.at("fields").contains("guest.cr4"));
    CHECK(named);
    const json control =
        Case{test::changed(test::fixture_json("virtualbox-before02"), {{"control.pin", "0x0"}})}.as_json();
    CHECK(control.at("outcomes") == json::parse(R"([{"kind": "VMfailValid", "error": 7}])"));
    CHECK(control.at("repairs").at(0).at(0).at("field") == "control.pin");
}

TEST_CASE("the recorded failure in words", "[report]") {
    const std::string text = Case{test::fixture_json("virtualbox-after02")}.as_text();
    CHECK_THAT(text, Contains("exit reason 80000022H, qualification 1"));
    CHECK_THAT(text, Contains("msr-load.efer.lme-pg   SDM 29.4"));
    CHECK_THAT(text, Contains("guest CR0.PG = 1 and \"IA-32e mode guest\" = 0 establish IA32_EFER.LME = 0"));
    CHECK_THAT(text, Contains("the value D01H would set it"));
    CHECK_THAT(text, Contains("data: D01H -> 801H (LME = 0, LMA = 0)"));
    CHECK_THAT(text, Contains("as derived") && !Contains("NOT as derived"));
}

TEST_CASE("a recorded outcome that is another is told", "[report]") {
    const std::string text =
        Case{test::changed(test::fixture_json("virtualbox-after02"), {{"information.exit_qualification", "0x2"}})}
            .as_text();
    CHECK_THAT(text, Contains("NOT as derived"));
}

TEST_CASE("where no repair exists, that is said", "[report]") {
    CHECK_THAT((Case{test::changed(test::fixture_json("virtualbox-before02"), {{"before.cpl", "3"}})}.as_text()),
               Contains("No change of the VMCS"));
}

TEST_CASE("conditions and values in the manual's names", "[report]") {
    const Specification spec;
    CHECK(query::condition_text(spec, spec.find("guest.cr0.pg-pe")->condition) ==
          "if guest CR0.PG = 1: guest CR0.PE = 1");
    const Leaf& cr0 = spec.state.leaves()[spec.state.leaf("guest.cr0")];
    CHECK(query::value_text(cr0, 0x80000021) == "80000021H (PE, NE, PG)");
    CHECK(query::value_text(cr0, 0) == "0H");
    CHECK(query::value_text(spec.state.leaves()[spec.state.leaf("guest.rflags")], 0x3002) == "3002H (IOPL 3)");
}

}  // namespace vmxspec::report_test
