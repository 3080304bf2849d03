// The report of `vmxspec why`, as JSON whole, as SARIF and as text where words and places matter.
#include "proofs/query/report.hpp"

#include "proofs/query/artifact_uri.hpp"
#include "proofs/query/explanation.hpp"

#include "tests/unit/fixture.hpp"

#include <catch2/catch.hpp>

namespace vmxspec::report_test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

struct Case {
    Specification spec;
    query::JudgedDump dump;

    explicit Case(const json& document) : dump{judged(spec, test::entry_of(spec.state, document))} {}

    static query::JudgedDump judged(Specification& spec, const KnownState& state) {
        query::Judgement judgement = query::judge(spec, state);
        return {state, judgement, query::repairs(spec, state, judgement)};
    }
    [[nodiscard]] json as_json() const { return query::json_report(spec, {&dump, 1}).at("dumps").at(0); }
    [[nodiscard]] json as_sarif(const std::string& file) const {
        return query::sarif_report(spec, {&dump, 1}, file, 1).at("runs").at(0);
    }
    [[nodiscard]] std::string as_text(query::TextOptions options = {true, true, {}}) const {
        return query::text_report(spec, dump, options);
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
    REQUIRE(report.at("repairs").size() == 1);
    const json& change = report.at("repairs").at(0).at("changes").at(0);
    CHECK(change.at("msr_load_entry") == 1);
    CHECK(change.at("from") == "0xd01");
    CHECK(change.at("to") == "0x801");
    CHECK(report.at("repairs").at(0).at("opens") == json::array());
    CHECK(report.at("processor") == "arrandale");
    CHECK(report.at("recorded") ==
          json::parse(R"({"exit_reason": "0x80000022", "qualification": 1, "as_derived": true})"));
}

TEST_CASE("several dumps are one document", "[report]") {
    Specification spec;
    std::vector<query::JudgedDump> dumps;
    for (const char* name : {"virtualbox-before02", "virtualbox-after02"})
        dumps.push_back(Case::judged(spec, test::entry_of(spec.state, test::fixture_json(name))));
    const json report = query::json_report(spec, dumps);
    CHECK(report.at("format") == "vmxspec-report");
    CHECK(report.at("version") == 1);
    CHECK(report.at("manual") == edition.order_number);
    REQUIRE(report.at("dumps").size() == 2);
    CHECK(report.at("dumps").at(0).at("verdict") == "enters");
    CHECK(report.at("dumps").at(1).at("verdict") == "fails");
    CHECK(query::sarif_report(spec, dumps, "-", 1).at("runs").size() == 1);
}

TEST_CASE("the recorded failure as SARIF", "[report]") {
    const json run = Case{test::fixture_json("virtualbox-after02")}.as_sarif("dumps/after 02.json");
    REQUIRE(run.at("results").size() == 1);
    const json& result = run.at("results").at(0);
    CHECK(result.at("ruleId") == "msr-load.efer.lme-pg");
    CHECK(result.at("kind") == "fail");
    CHECK(result.at("level") == "error");
    CHECK_THAT(result.at("message").at("text").get<std::string>(),
               Contains("IA32_EFER (C0000080H) = D01H (SCE, LME, LMA, NXE)") && Contains("SDM 29.4 Loading MSRs"));
    const json& location = result.at("locations").at(0);
    CHECK(location.at("physicalLocation").at("artifactLocation").at("uri") == "dumps/after%2002.json");
    CHECK(location.at("logicalLocations").at(0).at("fullyQualifiedName") == "after02");
    CHECK(result.at("relatedLocations").at(0).at("logicalLocations").at(0).at("fullyQualifiedName") ==
          "after02/guest.cr0");
    const json& rule = run.at("tool").at("driver").at("rules").at(0);
    CHECK_THAT(rule.at("help").at("text").get<std::string>(),
               Contains("29.4 Loading MSRs") && Contains(std::string{edition.order_number}));
    CHECK(run.at("properties").at("dumps").at(0).at("repairs").at(0).at("changes").at(0).at("to") == "0x801");
}

TEST_CASE("open questions, advice and standard input as SARIF", "[report]") {
    const json open = Case{test::changed(test::fixture_json("virtualbox-before02"),
                                         {{"guest.cr4", ""}, {"control.entry_msr_load_count", "0x2000"}})}
                          .as_sarif("-");
    std::size_t undecided = 0, notes = 0;
    for (const json& result : open.at("results")) {
        undecided += result.at("kind") == "open" && result.at("level") == "none" ? 1 : 0;
        notes += result.at("kind") == "fail" && result.at("level") == "note" ? 1 : 0;
    }
    CHECK(undecided > 1);
    CHECK(notes == 1);
    CHECK(undecided + notes == open.at("results").size());
    CHECK(open.at("artifacts").at(0).at("location").at("description").at("text") == "standard input");
    CHECK_FALSE(open.at("artifacts").at(0).at("location").contains("uri"));
    CHECK(open.at("invocations").at(0).at("stdin") == json{{"index", 0}});
}

TEST_CASE("paths as URI references", "[report]") {
    CHECK(query::artifact_uri("tests/a-b_c.txt") == "tests/a-b_c.txt");
    CHECK(query::artifact_uri("a:b#c?d%.txt") == "a%3Ab%23c%3Fd%25.txt");
    CHECK(query::artifact_uri("\u00fc.txt") == "%C3%BC.txt");
    CHECK(query::artifact_uri("/var/log/my dump") == "file:///var/log/my%20dump");
    CHECK(query::is_relative("../dump"));
    CHECK_FALSE(query::is_relative("/dump"));
    CHECK_FALSE(query::is_relative("-"));
}

TEST_CASE("newcomers are told what every section and every failure is", "[report]") {
    const Specification spec;
    for (const RuleTable* table : spec.entry_tables())
        for (const Rule& rule : *table) {
            INFO(rule.id << ", SDM " << rule.citation.section);
            CHECK_FALSE(query::about_section(rule.citation.section).empty());
            for (const Outcome& outcome : rule.outcomes) CHECK_FALSE(query::about_failure(outcome.channel).empty());
        }
    CHECK(query::about_section("99").empty());
    const std::string fails = Case{test::fixture_json("virtualbox-after02")}.as_text();
    CHECK_THAT(fails, Contains("VM-entry failure: the guest executed no instruction") && Contains("(4402H)"));
    CHECK_THAT(fails, Contains("this section checks each entry of the VM-entry MSR-load area"));
    CHECK_THAT(fails, Contains("guest CR0 = 80010035H (PE, EM, ET, NE, WP, PG)  [dump]"));
    CHECK_THAT(fails, Contains("vmxspec diff BEFORE AFTER") && Contains("A repair is a smallest change"));
    const std::string control =
        Case{test::changed(test::fixture_json("virtualbox-before02"), {{"control.pin", "0x0"}, {"capability.pin", ""}})}
            .as_text();
    CHECK_THAT(control, Contains("VMfailValid: no guest ran") && Contains("(4400H)") && Contains("  [profile]"));
    CHECK_THAT(Case{test::fixture_json("virtualbox-before02")}.as_text(),
               Contains("Nothing of it fails: the guest runs.") && Contains("If the processor refused this entry"));
    CHECK_THAT((Case{test::changed(test::fixture_json("virtualbox-before02"), {{"guest.cr4", ""}})}.as_text()),
               Contains("may succeed or fail") && Contains("--assume NAME=VALUE"));
    const std::string plain = Case{test::fixture_json("virtualbox-after02")}.as_text({true, false, {}});
    CHECK_THAT(plain, !Contains("what this means") && !Contains("what to do") && !Contains("[dump]"));
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
    CHECK(control.at("repairs").at(0).at("changes").at(0).at("field") == "control.pin");
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
