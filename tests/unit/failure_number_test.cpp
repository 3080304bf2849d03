// Just a number: what it can mean, and which rules are in play.
#include "proofs/query/failure_number.hpp"
#include "proofs/query/number_names.hpp"
#include "proofs/state/input_error.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

namespace failure_number_test {

using namespace vmxspec;
using namespace vmxspec::query;

const Specification& specification() {
    static const Specification spec;
    return spec;
}

std::vector<Meaning> of(std::vector<std::string> words) {
    return meanings(specification(), failure_number(words).value());
}

bool has(const Meaning& meaning, const char* id) {
    return std::ranges::any_of(meaning.rules, [&](const Rule* rule) { return rule->id == id; });
}

TEST_CASE("a number is told from a file's name", "[number]") {
    const auto number = [](std::vector<std::string> words) { return failure_number(words); };
    CHECK(number({"0x80000021"})->number == 0x80000021);
    CHECK(number({"80000021"})->number == 0x80000021);
    CHECK(number({"80000021H"})->number == 0x80000021);
    CHECK(number({"7"})->number == 7);
    CHECK(number({"0x80000022", "qualification", "3"})->qualification == 3U);
    CHECK_FALSE(number({"dmesg.txt"}));
    CHECK_FALSE(number({"-"}));
    CHECK_THROWS_AS(number({"7", "8"}), InputError);
    CHECK_THROWS_AS(number({"0x80000022", "qualification"}), InputError);
    CHECK_THROWS_AS(number({"0x80000022", "qualification", "x"}), InputError);
}

TEST_CASE("an entry failure has passed what is checked before it", "[number]") {
    const std::vector<Meaning> guest = of({"0x80000021"});
    REQUIRE(guest.size() == 1);
    CHECK(guest[0].fails);
    CHECK(guest[0].rules.size() == 177);
    CHECK(std::ranges::all_of(guest[0].rules, [](const Rule* rule) { return rule->stage == Stage::guest; }));
    CHECK(of({"0x80000021", "qualification", "2"})[0].rules.size() == 2);
    CHECK(has(of({"0x80000021", "qualification", "3"})[0], "guest.interruptibility.nmi-sti"));
    CHECK(of({"0x80000022", "qualification", "3"})[0].rules.size() == 8);
    CHECK(of({"0x80000029"})[0].rules.empty());
    CHECK(of({"33"})[0].rules.size() == 177);  // without bit 31, as some print it
    CHECK_THROWS_AS(of({"0x80000021", "qualification", "1"}), InputError);
    CHECK_THROWS_AS(of({"0x80000022", "qualification", "0"}), InputError);
    CHECK_THROWS_AS(of({"0x80000023"}), InputError);
    CHECK_THROWS_AS(of({"0x80010021"}), InputError);
}

TEST_CASE("a small number may be an error or an exit reason: the failure comes first", "[number]") {
    const std::vector<Meaning> seven = of({"7"});
    REQUIRE(seven.size() == 2);
    CHECK(seven[0].space == "VM-instruction error");
    CHECK(seven[0].rules.size() == 115);
    CHECK(has(seven[0], "ctl.inject.type"));
    CHECK(seven[1].name == "interrupt window");
    CHECK_FALSE(seven[1].fails);
    CHECK(has(of({"8"})[0], "host.cr0.fixed"));
    CHECK(of({"26"})[0].rules.size() == 1);
    CHECK_FALSE(of({"12"})[0].fails);  // of VMREAD and VMWRITE, or HLT
    CHECK(of({"48"}).size() == 1);
    CHECK_THROWS_AS(of({"500"}), InputError);
}

TEST_CASE("every number that a rule reports has a name", "[number]") {
    std::set<std::string_view> names;
    for (const Rule& rule : specification().rules)
        for (const Outcome& outcome : rule.outcomes) {
            if (outcome.channel == Channel::vmfail_valid) CHECK_FALSE(instruction_error_name(outcome.number).empty());
            if (outcome.channel == Channel::entry_failure || outcome.channel == Channel::vm_exit)
                CHECK_FALSE(exit_reason_name(outcome.number).empty());
        }
    for (std::uint64_t number = 0; number < 100; ++number)
        if (const std::string_view name = instruction_error_name(number); !name.empty())
            CHECK(names.insert(name).second);
    CHECK(names.size() == 25);
    CHECK(exit_reason_name(79) == "WRMSRLIST");
}

}  // namespace failure_number_test
