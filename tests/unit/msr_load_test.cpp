// The VM-entry MSR-load area (SDM 29.4): each rule of an entry by rows, and the fold over entries.
#include "proofs/query/judgement.hpp"
#include "tests/unit/fixture.hpp"
#include "tests/unit/setting.hpp"

#include <catch2/catch.hpp>

namespace vmxspec::msr_load_test {
namespace {

using nlohmann::json;
using test::Setting;

const Specification& spec() {
    static const Specification the_spec;
    return the_spec;
}

/// The entry that each row changes: 32-bit paging, MSR-load entry IA32_EFER = 801H, as the repair of the recorded one.
Setting base() {
    return Setting::arrandale(spec()).with(
        "entry.load_efer=0 entry.ia32e_mode_guest=0 guest.cr0=0x80010035 before.cr0=0x80050033 before.efer=0xd01 "
        "msr_entry.index=0xc0000080 msr_entry.reserved=0 msr_entry.data=0x801 msr_entry.efer_before=0x801");
}

std::optional<bool> kept(const std::string& rule, const std::string& setting) {
    return base().with(setting).evaluate().truth(spec().find(rule)->condition.id());
}

/// The recorded VMCS02 with other entries in its MSR-load area.
query::Judgement judge_area(const json& area, const std::vector<std::pair<std::string, std::string>>& fields = {}) {
    json document = test::changed(test::fixture_json("virtualbox-after02"), fields);
    document["msr_load"] = area;
    document["fields"]["control.entry_msr_load_count"] = area.size();
    return query::judge(spec(), test::entry_of(spec().state, document));
}

json entry(const std::string& index, const std::string& data, const std::string& reserved = "0") {
    return {{"index", index}, {"reserved", reserved}, {"data", data}};
}

}  // namespace

TEST_CASE("rules of one MSR-load entry", "[msr-load]") {
    const auto [rule, setting, expected] = GENERATE(table<std::string, std::string, bool>({
        {"msr-load.fs-gs-base", "", true},
        {"msr-load.fs-gs-base", "msr_entry.index=0xc0000100", false},
        {"msr-load.fs-gs-base", "msr_entry.index=0xc0000101", false},
        {"msr-load.fs-gs-base", "msr_entry.index=0xc0000102", true},
        {"msr-load.x2apic", "msr_entry.index=0x7ff", true},
        {"msr-load.x2apic", "msr_entry.index=0x800", false},
        {"msr-load.x2apic", "msr_entry.index=0x8ff", false},
        {"msr-load.x2apic", "msr_entry.index=0x900", true},
        {"msr-load.x2apic", "msr_entry.index=0x80000800", true},
        {"msr-load.smm-only", "msr_entry.index=0x9b", false},
        {"msr-load.smm-only", "msr_entry.index=0x9b before.in_smm=1", true},
        {"msr-load.smm-only", "msr_entry.index=0x9c", true},
        {"msr-load.model-specific", "msr_entry.index=0x79", false},
        {"msr-load.model-specific", "msr_entry.index=0x78", true},
        {"msr-load.reserved", "", true},
        {"msr-load.reserved", "msr_entry.reserved=1", false},
        {"msr-load.reserved", "msr_entry.reserved=0x80000000", false},
        {"msr-load.efer.lme-pg", "", true},
        {"msr-load.efer.lme-pg", "msr_entry.data=0xd01", false},
        {"msr-load.efer.lme-pg", "msr_entry.data=0xd01 guest.cr0.pg=0", true},
        {"msr-load.efer.lme-pg", "msr_entry.data=0x801 msr_entry.efer_before=0xd01", false},
        {"msr-load.efer.lme-pg", "msr_entry.data=0xd01 msr_entry.efer_before=0xd01", true},
        {"msr-load.efer.lme-pg", "msr_entry.data=0xd01 msr_entry.index=0xc0000081", true},
        {"msr-load.efer.lme-pg", "msr_entry.data=0xc01", true},  // LMA is not LME
        {"msr-load.efer.reserved", "", true},
        {"msr-load.efer.reserved", "msr_entry.data=0xd01", true},
        {"msr-load.efer.reserved", "msr_entry.data=0x2", false},
        {"msr-load.efer.reserved", "msr_entry.data=0x1000", false},
        {"msr-load.efer.reserved", "msr_entry.data=0x8000000000000000", false},
        {"msr-load.efer.reserved", "msr_entry.data=0x800 processor.nx=0", false},
        {"msr-load.efer.reserved", "msr_entry.data=0x100 processor.intel64=0", false},
        {"msr-load.efer.reserved", "msr_entry.data=0x2 msr_entry.index=0xc0000081", true},
        {"msr-load.wrmsr-gp", "", true},
        {"msr-load.wrmsr-gp", "msr_entry.index=0x277 msr_entry.data=0x0407050600070106", true},
        {"msr-load.wrmsr-gp", "msr_entry.index=0x277 msr_entry.data=2", false},
    }));
    CAPTURE(rule, setting);
    REQUIRE(spec().find(rule) != nullptr);
    CHECK(kept(rule, setting) == expected);
}

TEST_CASE("each rule of an MSR-load entry is tried above", "[msr-load]") {
    std::vector<std::string> ids;
    for (const Rule& rule : spec().msr_load.rules)
        if (rule.kind == RuleKind::check) ids.push_back(rule.id);
    CHECK(ids == std::vector<std::string>{"msr-load.fs-gs-base", "msr-load.x2apic", "msr-load.smm-only",
                                          "msr-load.model-specific", "msr-load.reserved", "msr-load.wrmsr-gp",
                                          "msr-load.efer.lme-pg", "msr-load.efer.reserved"});
}

TEST_CASE("an accepted entry leaves its IA32_EFER, but for LMA", "[msr-load]") {
    const auto [setting, expected] = GENERATE(table<std::string, std::uint64_t>({
        {"", 0x801},
        {"msr_entry.data=0x1", 0x1},
        {"msr_entry.data=0xd01 guest.cr0.pg=0", 0x901},  // LMA is read-only
        {"msr_entry.data=0x101 msr_entry.efer_before=0xd01", 0x501},
        {"msr_entry.index=0x277 msr_entry.data=0", 0x801},
    }));
    CAPTURE(setting);
    CHECK(base().with(setting).evaluate().value(spec().msr_load.efer_after.id()) == expected);
}

TEST_CASE("the recorded area fails at its first entry", "[msr-load]") {
    const query::Judgement judgement =
        query::judge(spec(), test::entry_of(spec().state, test::fixture_json("virtualbox-after02")));
    REQUIRE(judgement.violated.size() == 1);
    CHECK(judgement.violated[0].rule->id == "msr-load.efer.lme-pg");
    CHECK(judgement.violated[0].msr_entry == 0U);
    CHECK(judgement.outcomes == std::vector<Outcome>{{Channel::entry_failure, 34, 1}});
    // Bits that dumps do not show stay unknown; LME and LMA are what the entry established.
    CHECK((judgement.efer.loaded.known & 0x500) == 0x500);
    CHECK((judgement.efer.loaded.value & 0x500) == 0);
}

TEST_CASE("an earlier entry changes IA32_EFER for a later one", "[msr-load]") {
    const query::Judgement judgement =
        judge_area({entry("0xc0000080", "0x800"), entry("0x277", "0x7040600070406"), entry("0xc0000080", "0x1")});
    CHECK(judgement.decision == query::Decision::enters);
    REQUIRE(judgement.efer.before.size() == 3);
    CHECK(judgement.efer.before[1] == Known::exactly(0x800, 64));
    CHECK(judgement.efer.before[2] == Known::exactly(0x800, 64));
    CHECK(judgement.efer.last == Known::exactly(0x1, 64));
}

TEST_CASE("without paging an earlier entry may change LME", "[msr-load]") {
    const query::Judgement judgement =
        judge_area({entry("0xc0000080", "0x100"), entry("0xc0000080", "0x0"), entry("0xc0000080", "0xd01")},
                   {{"guest.cr0", "0x35"}});
    CHECK(judgement.decision == query::Decision::enters);
    CHECK(judgement.efer.before[1] == Known::exactly(0x100, 64));
    CHECK(judgement.efer.before[2] == Known::exactly(0x0, 64));
    CHECK(judgement.efer.last == Known::exactly(0x901, 64));
}

TEST_CASE("the first entry that fails is the qualification, later ones are not judged", "[msr-load]") {
    const query::Judgement judgement = judge_area({entry("0xc0000080", "0x801"), entry("0x277", "0x7040600070406"),
                                                   entry("0xc0000100", "0"), entry("0x801", "0", "1")});
    REQUIRE(judgement.violated.size() == 1);
    CHECK(judgement.violated[0].rule->id == "msr-load.fs-gs-base");
    CHECK(judgement.violated[0].msr_entry == 2U);
    CHECK(judgement.outcomes == std::vector<Outcome>{{Channel::entry_failure, 34, 3}});
}

TEST_CASE("of one entry all broken rules are told", "[msr-load]") {
    const query::Judgement judgement = judge_area(json::array({entry("0xc0000080", "0xd03", "1")}));
    std::vector<std::string> ids;
    for (const query::Finding& finding : judgement.violated) ids.push_back(finding.rule->id);
    CHECK(ids == std::vector<std::string>{"msr-load.reserved", "msr-load.efer.lme-pg", "msr-load.efer.reserved"});
    CHECK(judgement.outcomes == std::vector<Outcome>{{Channel::entry_failure, 34, 1}});
}

TEST_CASE("an entry that cannot be judged does not hide a later failure", "[msr-load]") {
    const query::Judgement judgement = judge_area({entry("0x12345678", "0"), entry("0xc0000101", "0")});
    CHECK(judgement.decision == query::Decision::fails);
    REQUIRE(judgement.undecided.size() == 1);
    CHECK(judgement.undecided[0].msr_entry == 0U);
    // The unknown MSR may be what the processor reports.
    CHECK(judgement.outcomes == std::vector<Outcome>{{Channel::entry_failure, 34, 1}, {Channel::entry_failure, 34, 2}});
}

TEST_CASE("entries beyond the count are not judged", "[msr-load]") {
    json document = test::fixture_json("virtualbox-after02");
    document["fields"]["control.entry_msr_load_count"] = 0;
    CHECK(query::judge(spec(), test::entry_of(spec().state, document)).decision == query::Decision::enters);
}

}  // namespace vmxspec::msr_load_test
