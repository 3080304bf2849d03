// The checks of 29.1 to 29.3 against the manual: that each row of the checklist is there, and that each holds and fails
// where the manual's words say so.
#include "tests/unit/entry_cases.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <set>

namespace vmxspec::entry_rules_test {
namespace {

using namespace entry_cases;

bool of_entry(const std::string& id) { return !id.starts_with("msr-load.") && !id.starts_with("exit."); }

std::vector<std::string> checklist() {
    std::ifstream file{VMXSPEC_FIXTURES "/rule-ids.txt"};
    return {std::istream_iterator<std::string>{file}, {}};
}

std::vector<std::string> rule_ids() {
    std::vector<std::string> ids;
    for (const Rule& rule : spec().table) ids.push_back(rule.id);
    return ids;
}

TEST_CASE("the rules are the checklist's, in its order") {
    std::vector<std::string> expected;
    for (const std::string& id : checklist())
        if (of_entry(id)) expected.push_back(id);
    REQUIRE(expected.size() == 337);
    CHECK(rule_ids() == expected);
}

TEST_CASE("outcomes are those that the manual allows") {
    for (const Rule& rule : spec().table) {
        INFO(rule.id);
        REQUIRE(rule.kind == RuleKind::check);
        REQUIRE_FALSE(rule.outcomes.empty());
        const Outcome first = rule.outcomes.front();
        if (rule.id.starts_with("ctl.")) CHECK(rule.outcomes == std::vector{outcome::control_fields});
        if (rule.id.starts_with("host.")) CHECK(rule.outcomes == std::vector{outcome::host_state});
        if (rule.id.starts_with("size.")) CHECK(rule.outcomes.size() == 2);
        if (rule.id.starts_with("guest.")) {
            CHECK(rule.outcomes.size() == 1);
            std::uint64_t qualification = 0;
            if (rule.id.starts_with("guest.pdpte.")) qualification = 2;
            if (rule.id == "guest.interruptibility.nmi-sti") qualification = 3;
            if (rule.id.starts_with("guest.link.")) qualification = 4;
            CHECK(first == Outcome{Channel::entry_failure, 33, qualification});
        }
    }
    const auto one = [](const char* id) { return spec().table.find(id)->outcomes.front(); };
    CHECK(one("basic.ud.mode").channel == Channel::invalid_opcode);
    CHECK(one("basic.gp.cpl").channel == Channel::general_protection);
    CHECK(spec().table.find("basic.exit.nonroot")->outcomes ==
          std::vector{Outcome{Channel::vm_exit, 20}, Outcome{Channel::vm_exit, 24}});
    CHECK(one("basic.failinvalid.no-current-vmcs").channel == Channel::vmfail_invalid);
    CHECK(one("basic.failinvalid.shadow-vmcs").channel == Channel::vmfail_invalid);
    CHECK(one("basic.fail26.movss") == Outcome{Channel::vmfail_valid, 26});
    CHECK(one("basic.fail4.launch-not-clear") == Outcome{Channel::vmfail_valid, 4});
    CHECK(one("basic.fail5.resume-not-launched") == Outcome{Channel::vmfail_valid, 5});
}

TEST_CASE("ordinary guests enter") {
    for (const auto& [name, state] : ordinary_guests()) {
        const Evaluation evaluation = Setting{}.with(state).evaluate();
        for (const Rule& rule : spec().table) {
            INFO(name << " guest, rule " << rule.id);
            CHECK(evaluation.truth(rule.condition.id()) == true);
        }
    }
}

TEST_CASE("each rule holds and fails where the manual says so") {
    std::set<std::string> held, failed;
    for (const Case& one : all_cases()) {
        const Rule* rule = spec().table.find(one.rule);
        INFO("rule " << one.rule);
        REQUIRE(rule != nullptr);
        const Setting given = Setting{}.with(one.given);
        const auto truth_with = [&](const std::string& more) {
            return Setting{given}.with(more).evaluate().truth(rule->condition.id());
        };
        for (const std::string& more : one.holds) {
            INFO("with " << more);
            CHECK(truth_with(more) == true);
            held.insert(one.rule);
        }
        for (const std::string& more : one.fails) {
            INFO("with " << more);
            CHECK(truth_with(more) == false);
            failed.insert(one.rule);
        }
    }
    for (const std::string& id : rule_ids()) {
        INFO("no state for " << id);
        CHECK(held.contains(id));
        CHECK(failed.contains(id));
    }
}

TEST_CASE("a control word that is not activated acts as all 0") {
    const std::vector<Alike> all = not_activated();
    CHECK(all.size() > 1000);
    for (const Alike& one : all) {
        const NodeId condition = spec().table.find(one.rule)->condition.id();
        INFO("rule " << one.rule << " with " << one.words);
        CHECK(one.first.evaluate().truth(condition) == one.second.evaluate().truth(condition));
    }
}

}  // namespace
}  // namespace vmxspec::entry_rules_test
