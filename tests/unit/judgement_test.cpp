// The verdict: decision, outcomes in the order of SDM 29.1 to 29.4, and what would decide an open rule.
#include "proofs/query/judgement.hpp"

#include "tests/unit/fixture.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace vmxspec::judgement_test {
namespace {

using query::Decision;
using query::Judgement;
using Fields = std::vector<std::pair<std::string, std::string>>;

const Specification& spec() {
    static const Specification the_spec;
    return the_spec;
}

/// The recorded VMCS02 that entered, changed.
Judgement judge_changed(const Fields& fields) {
    return query::judge(spec(),
                        test::entry_of(spec().state, test::changed(test::fixture_json("virtualbox-before02"), fields)));
}

std::vector<std::string> ids(const std::vector<query::Finding>& findings) {
    std::vector<std::string> result;
    for (const query::Finding& finding : findings) result.push_back(finding.rule->id);
    return result;
}

bool contains(const std::vector<std::string>& list, const std::string& id) {
    return std::ranges::find(list, id) != list.end();
}

const query::Finding& finding(const std::vector<query::Finding>& findings, const std::string& id) {
    return *std::ranges::find_if(findings, [&](const query::Finding& one) { return one.rule->id == id; });
}

}  // namespace

TEST_CASE("the recordings are judged as the hardware answered", "[judgement]") {
    const auto [name, decision] = GENERATE(table<std::string, Decision>({
        {"virtualbox-before12", Decision::enters},
        {"virtualbox-before02", Decision::enters},
        {"virtualbox-after12", Decision::enters},  // the guest hypervisor's own VMCS is sound
        {"virtualbox-after02", Decision::fails},
        {"kvm-before12", Decision::undecided},  // its MSR-load area is not recorded
        {"kvm-before02", Decision::enters},
    }));
    CAPTURE(name);
    const Judgement judgement = query::judge(spec(), test::entry_of(spec().state, test::fixture_json(name)));
    CHECK(judgement.decision == decision);
    CHECK(judgement.violated.empty() == (decision != Decision::fails));
    CHECK(judgement.undecided.empty() == (decision != Decision::undecided));
    CHECK(judgement.outcomes.empty() == (decision != Decision::fails));
}

TEST_CASE("an outcome is its section's", "[judgement]") {
    const auto [what, fields, rule, outcomes] = GENERATE(table<std::string, Fields, std::string, std::vector<Outcome>>({
        {"29.2.1: VMfailValid 7", {{"control.pin", "0x0"}}, "ctl.pin.reserved", {outcome::control_fields}},
        {"29.2.2: VMfailValid 8", {{"host.cr0", "0x31"}}, "host.cr0.fixed", {outcome::host_state}},
        {"29.3.1.1: exit reason 33", {{"guest.cr0", "0x80010034"}}, "guest.cr0.pg-pe", {outcome::guest_state}},
        {"29.3.1.5: qualification 4",
         {{"guest.link_pointer", "0x1001"}},
         "guest.link.aligned",
         {outcome::guest_link_pointer}},
        {"29.2 comes before 29.3",
         {{"control.pin", "0x0"}, {"guest.cr0", "0x80010034"}},
         "guest.cr0.pg-pe",
         {outcome::control_fields}},
        {"within 29.2 any order",
         {{"control.pin", "0x0"}, {"host.cr0", "0x31"}},
         "host.cr0.fixed",
         {outcome::control_fields, outcome::host_state}},
    }));
    CAPTURE(what);
    const Judgement judgement = judge_changed(fields);
    CHECK(judgement.decision == Decision::fails);
    CAPTURE(ids(judgement.violated));
    CHECK(contains(ids(judgement.violated), rule));
    CHECK(judgement.outcomes == outcomes);
}

TEST_CASE("29.1 is checked in order: the first decides", "[judgement]") {
    const Judgement both = judge_changed({{"before.in_vmx_operation", "0"}, {"before.cpl", "3"}});
    CHECK(ids(both.violated).size() >= 2);
    CHECK(both.outcomes == std::vector<Outcome>{{Channel::invalid_opcode, 0, 0}});
    const Judgement one = judge_changed({{"before.cpl", "3"}, {"control.pin", "0x0"}});
    CHECK(contains(ids(one.violated), "ctl.pin.reserved"));
    CHECK(one.outcomes == std::vector<Outcome>{{Channel::general_protection, 0, 0}});
}

TEST_CASE("a failing MSR-load area is told behind a guest state that fails first", "[judgement]") {
    const Judgement judgement = query::judge(
        spec(), test::entry_of(spec().state,
                               test::changed(test::fixture_json("virtualbox-after02"), {{"guest.rflags", "0x0"}})));
    CHECK(contains(ids(judgement.violated), "guest.rflags.reserved"));
    CHECK(contains(ids(judgement.violated), "msr-load.efer.lme-pg"));
    CHECK(judgement.outcomes == std::vector<Outcome>{outcome::guest_state});
}

TEST_CASE("what is missing is named, and nothing is invented", "[judgement]") {
    const Judgement judgement = judge_changed({{"guest.cr4", ""}});
    CHECK(judgement.decision == Decision::undecided);
    CHECK(judgement.outcomes.empty());
    REQUIRE(contains(ids(judgement.undecided), "guest.cr4.fixed"));
    CHECK(finding(judgement.undecided, "guest.cr4.fixed").leaves == std::vector{spec().state.leaf("guest.cr4")});
}

TEST_CASE("an unknown field does not hide a failure, but adds what it may show instead", "[judgement]") {
    const Judgement earlier = judge_changed({{"control.pin", ""}, {"guest.cr0", "0x80010034"}});
    CHECK(earlier.decision == Decision::fails);
    CHECK(earlier.outcomes == std::vector<Outcome>{outcome::control_fields, outcome::guest_state});
    const Judgement later = judge_changed({{"control.pin", "0x0"}, {"guest.cr4", ""}});
    CHECK(later.outcomes == std::vector<Outcome>{outcome::control_fields});
}

TEST_CASE("without a processor capability checks are open", "[judgement]") {
    nlohmann::json document = test::fixture_json("kvm-before02");
    document.erase("processor");
    const Judgement judgement = query::judge(spec(), test::entry_of(spec().state, document));
    CHECK(judgement.decision == Decision::undecided);
    REQUIRE(contains(ids(judgement.undecided), "ctl.pin.reserved"));
    const auto& leaves = finding(judgement.undecided, "ctl.pin.reserved").leaves;
    CHECK(std::ranges::find(leaves, spec().state.leaf("capability.true_pin")) != leaves.end());
    CHECK(std::ranges::find(leaves, spec().state.leaf("control.pin")) == leaves.end());
}

TEST_CASE("entries of the MSR-load area that the dump does not tell are open", "[judgement]") {
    nlohmann::json document = test::fixture_json("virtualbox-before02");
    document["msr_load"].erase(2);
    const Judgement judgement = query::judge(spec(), test::entry_of(spec().state, document));
    CHECK(judgement.decision == Decision::undecided);
    REQUIRE(judgement.undecided.size() == 1);
    CHECK(judgement.undecided[0].msr_entry == 2U);
}

TEST_CASE("advice does not make an entry fail", "[judgement]") {
    nlohmann::json document = test::fixture_json("virtualbox-before02");
    document["fields"]["control.entry_msr_load_count"] = 513;
    while (document["msr_load"].size() < 513) document["msr_load"].push_back(document["msr_load"][1]);
    const Judgement judgement = query::judge(spec(), test::entry_of(spec().state, document));
    CHECK(judgement.decision == Decision::enters);
    CHECK(ids(judgement.advice) == std::vector<std::string>{"msr-load.count"});
}

TEST_CASE("every rule is counted: held, broken or open", "[judgement]") {
    std::size_t checks = 0;
    for (const Rule& rule : spec().rules)
        if (rule.kind != RuleKind::procedure) ++checks;
    std::size_t of_entry = 0;
    for (const Rule& rule : spec().msr_load.rules)
        if (rule.kind != RuleKind::procedure) ++of_entry;
    const Judgement all_hold = judge_changed({});
    CHECK(all_hold.held == checks + 3 * of_entry);
    const Judgement mixed =
        judge_changed({{"control.pin", ""}, {"guest.cr0", "0x80010034"}, {"control.entry_msr_load_count", "0"}});
    CHECK(mixed.held + mixed.violated.size() + mixed.undecided.size() + mixed.advice.size() == checks);
}

TEST_CASE("outcomes in the manual's words", "[judgement]") {
    CHECK(query::to_text(Outcome{Channel::entry_failure, 34, 1}) ==
          "VM-entry failure due to MSR loading: exit reason 80000022H, qualification 1");
    CHECK(query::to_text(outcome::guest_link_pointer) ==
          "VM-entry failure due to invalid guest state: exit reason 80000021H, qualification 4");
    CHECK(query::to_text(outcome::host_state) == "VMfailValid, VM-instruction error 8");
}

}  // namespace vmxspec::judgement_test
