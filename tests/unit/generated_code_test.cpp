// The generated headers, compiled as a hypervisor compiles them, against the evaluation of the specification: thousands
// of states near one that enters. The headers come first: they need nothing before them.
#include "vmxspec/generated/entry_checks.hpp"
#include "vmxspec/generated/entry_load.hpp"
#include "vmxspec/generated/entry_result.hpp"

#include "tests/unit/nearby_state.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>

namespace vmxspec::generated_code_test {
namespace {

using Words = generated::EntryState<std::uint64_t>;
using EntryWords = generated::MsrEntryState<std::uint64_t>;
using test::machine;
using test::mutate;
using test::spec;

template <class Struct>
Struct filled(const std::vector<std::uint64_t>& values) {
    Struct s;
    generated::each_leaf(s, [&](const char*, unsigned number, auto& member) {
        member = static_cast<std::decay_t<decltype(member)>>(values[number]);
    });
    return s;
}

template <class Struct>
std::vector<std::size_t> leaves_of() {
    std::vector<std::size_t> numbers;
    Struct s;
    generated::each_leaf(s, [&](const char* name, unsigned number, auto&) {
        REQUIRE(spec().state.leaves().at(number).name == name);
        numbers.push_back(number);
    });
    return numbers;
}

Evaluation evaluate(const std::vector<std::uint64_t>& values) {
    std::vector<Known> known;
    for (std::size_t n = 0; n < values.size(); ++n)
        known.push_back(Known::exactly(values[n], spec().state.leaves()[n].width));
    return {spec().graph, known};
}

/// What first_violation() promises: of the first stage with a broken rule, the first of these.
generated::Rule first_of(const generated::RuleSet& broken) {
    for (const auto stage : {generated::Stage::basic, generated::Stage::control_and_host, generated::Stage::guest})
        for (std::size_t n = 0; n < generated::rule_count; ++n)
            if (generated::rule_information[n].stage == stage && broken.contains(static_cast<generated::Rule>(n)))
                return static_cast<generated::Rule>(n);
    return generated::Rule::none;
}

const std::uint32_t tried_msrs[] = {0xc0000080, 0xc0000080, 0xc0000080, 0x277,      0x1d9,      0x38f,      0x174,
                                    0x176,      0x48,       0x9b,       0x79,       0x200,      0x201,      0x250,
                                    0x2ff,      0x480,      0x680,      0x6c5,      0x808,      0xd90,      0xda0,
                                    0xc0000081, 0xc0000082, 0xc0000084, 0xc0000100, 0xc0000102, 0xc0000103, 0x1234};

}  // namespace

TEST_CASE("the recordings, judged by the generated code", "[generated]") {
    CHECK(generated::violations(filled<Words>(machine("virtualbox-before02"))).empty());
    CHECK(generated::violations(filled<Words>(machine("virtualbox-after02")))
              .empty());  // it is the MSR-load area that fails
    std::vector<std::uint64_t> broken = machine("virtualbox-before02");
    broken[spec().state.leaf("guest.cr0")] = 0x80010034;
    const generated::RuleSet rules = generated::violations(filled<Words>(broken));
    CHECK(rules.contains(generated::Rule::guest_cr0_pg_pe));
    CHECK_FALSE(rules.contains(generated::Rule::guest_cr4_fixed));
}

TEST_CASE("the first violation is the first of the first stage that has one", "[generated]") {
    Words s = filled<Words>(machine("virtualbox-before02"));
    CHECK(generated::first_violation(s) == generated::Rule::none);
    CHECK(generated::information(generated::Rule::none) == nullptr);
    s.guest_rflags = 0;
    s.guest_cr0 = 0x80010034;
    CHECK(generated::first_violation(s) == generated::Rule::guest_cr0_pg_pe);  // SDM 29.3, before RFLAGS
    s.host_cr4 = 0;
    CHECK(generated::first_violation(s) == generated::Rule::host_cr4_fixed);  // 29.2 comes before 29.3
    s.before_cpl = 3;
    CHECK(generated::first_violation(s) == generated::Rule::basic_gp_cpl);  // 29.1 before both
    const generated::RuleInformation* rule = generated::information(generated::first_violation(s));
    REQUIRE(rule != nullptr);
    CHECK(std::string{rule->section} == "29.1");
    CHECK(rule->outcomes[0].channel == generated::Channel::general_protection);
}

TEST_CASE("each rule alone is the first violation", "[generated]") {
    for (std::size_t n = 0; n < generated::rule_count; ++n) {
        const auto rule = static_cast<generated::Rule>(n);
        generated::RuleSet broken;
        CHECK(broken.first() == generated::Rule::none);
        broken.insert(rule);
        CHECK(broken.first() == rule);
        CHECK(broken.contains(rule));
        CHECK_FALSE(broken.empty());
    }
}

TEST_CASE("a whole entry: the area is looked at only when the checks pass", "[generated]") {
    Words s = filled<Words>(machine("virtualbox-after02"));
    const generated::MsrAreaEntry efer{0xc0000080, 0, 0xd01};
    CHECK(generated::check_entry(s, nullptr, 0, false).enters());
    const generated::EntryResult failed = generated::check_entry(s, &efer, 1, false);
    CHECK_FALSE(failed.enters());
    CHECK(failed.rule == generated::Rule::none);
    CHECK(failed.msrs.failed_entry == 1);
    REQUIRE(generated::information(failed.msrs.rule) != nullptr);
    CHECK(generated::information(failed.msrs.rule)->exit_reason == 34);
    CHECK(generated::information(generated::MsrRule::none) == nullptr);
    s.host_cr4 = 0;
    const generated::EntryResult earlier = generated::check_entry(s, &efer, 1, false);
    CHECK_FALSE(earlier.enters());
    CHECK(earlier.rule == generated::Rule::host_cr4_fixed);
    CHECK(earlier.msrs.failed_entry == 0);
}

TEST_CASE("the recorded area fails at entry 1 by msr-load.efer.lme-pg", "[generated]") {
    const Words s = filled<Words>(machine("virtualbox-after02"));
    const KnownState known = test::read_one(spec().state, test::fixture_json("virtualbox-after02"));
    std::vector<generated::MsrAreaEntry> area;
    for (const MsrAreaEntry& one : known.entry_msr_load) area.push_back({*one.index, *one.reserved, *one.data});
    const auto count = static_cast<std::uint32_t>(area.size());
    const generated::MsrLoadResult failed = generated::load_msrs(s, area.data(), count, false);
    CHECK(failed.failed_entry == 1);
    CHECK(failed.rule == generated::MsrRule::msr_load_efer_lme_pg);
    CHECK(std::string{generated::msr_rule_information[static_cast<std::size_t>(failed.rule)].id} ==
          "msr-load.efer.lme-pg");
    area[0].data = 0x801;
    const generated::MsrLoadResult loaded = generated::load_msrs(s, area.data(), count, false);
    CHECK(loaded.failed_entry == 0);
    CHECK(loaded.rule == generated::MsrRule::none);
    CHECK(loaded.efer == 0x801);
    area[2].index = 0xc0000101;
    const generated::MsrLoadResult later = generated::load_msrs(s, area.data(), count, false);
    CHECK(later.failed_entry == 3);
    CHECK(later.rule == generated::MsrRule::msr_load_fs_gs_base);
    CHECK(generated::load_msrs(s, nullptr, 0, false).failed_entry == 0);
}

TEST_CASE("what the manual leaves open, the caller decides", "[generated]") {
    const Words s = filled<Words>(machine("virtualbox-before02"));
    const generated::MsrAreaEntry unknown{0x12345678, 0, 0};
    CHECK(generated::load_msrs(s, &unknown, 1, true).failed_entry == 0);
    CHECK(generated::load_msrs(s, &unknown, 1, false).failed_entry == 1);
}

TEST_CASE("generated checks agree with the specification on states near one that enters", "[generated]") {
    std::mt19937_64 random{20220919};
    const std::vector<std::size_t> leaves = leaves_of<Words>();
    const std::vector<std::uint64_t> start[] = {machine("virtualbox-before02"), machine("kvm-before02")};
    std::size_t wrong = 0;
    std::size_t passing = 0;
    std::vector<std::size_t> broken(generated::rule_count);
    for (int round = 0; round < 3000; ++round) {
        std::vector<std::uint64_t> values = start[round % 2];
        mutate(values, leaves, random);
        const Words s = filled<Words>(values);
        const Evaluation evaluation = evaluate(values);
        const generated::RuleSet violations = generated::violations(s);
        generated::each_rule(s, [&](generated::Rule rule, bool kept) {
            const char* id = generated::rule_information[static_cast<std::size_t>(rule)].id;
            if (!kept) ++broken[static_cast<std::size_t>(rule)];
            if (evaluation.truth(spec().find(id)->condition.id()) == kept && violations.contains(rule) != kept) return;
            ++wrong;
            UNSCOPED_INFO("round " << round << ": " << id);
        });
        if (violations.empty()) ++passing;
        if (generated::first_violation(s) != first_of(violations)) ++wrong;
        if (evaluation.value(spec().loaded.cr0.id()) != generated::loaded_cr0(s)) ++wrong;
        if (evaluation.value(spec().loaded.cr4.id()) != generated::loaded_cr4(s)) ++wrong;
        if (evaluation.value(spec().loaded.efer.id()) != generated::loaded_efer(s)) ++wrong;
    }
    CHECK(wrong == 0);
    // The states are near the border: some pass, and many rules are broken by some.
    CHECK(passing > 100);
    CHECK(passing < 2900);
    CHECK(std::ranges::count_if(broken, [](std::size_t times) { return times > 0; }) > 150);
}

TEST_CASE("generated checks of MSR-load entries agree with the specification", "[generated]") {
    std::mt19937_64 random{20220920};
    const std::vector<std::size_t> leaves = leaves_of<Words>();
    const std::vector<std::uint64_t> start = machine("virtualbox-after02");
    const State& state = spec().state;
    std::size_t wrong = 0;
    std::size_t accepted = 0;
    for (int round = 0; round < 3000; ++round) {
        std::vector<std::uint64_t> values = start;
        if (round % 4 == 0) mutate(values, leaves, random);
        values[state.leaf("msr_entry.index")] = tried_msrs[random() % std::size(tried_msrs)];
        values[state.leaf("msr_entry.reserved")] = random() % 8 == 0 ? 1 : 0;
        const std::uint64_t data[] = {
            0x801, 0xd01, 0, 6, random(), random() & 0xffff, std::uint64_t{1} << random() % 64};
        values[state.leaf("msr_entry.data")] = data[random() % std::size(data)];
        values[state.leaf("msr_entry.efer_before")] = random() % 2 == 0 ? 0x801 : 0xd01;
        values[state.leaf("msr_entry.unlisted_accepted")] = random() % 2;
        const Words s = filled<Words>(values);
        const EntryWords entry = filled<EntryWords>(values);
        const Evaluation evaluation = evaluate(values);
        bool all = true;
        generated::each_msr_rule(s, entry, [&](generated::MsrRule rule, bool kept) {
            const char* id = generated::msr_rule_information[static_cast<std::size_t>(rule)].id;
            all = all && kept;
            if (evaluation.truth(spec().find(id)->condition.id()) == kept) return;
            ++wrong;
            UNSCOPED_INFO("round " << round << ": " << id);
        });
        if (evaluation.truth(spec().msr_load.accepted.id()) != all) ++wrong;
        if (evaluation.value(spec().msr_load.efer_after.id()) != generated::efer_after(s, entry)) ++wrong;
        if (all) ++accepted;
    }
    CHECK(wrong == 0);
    CHECK(accepted > 300);
    CHECK(accepted < 2700);
}

TEST_CASE("the generated tables are the specification's, in its order", "[generated]") {
    std::vector<std::string> checks;
    for (const Rule& rule : spec().rules)
        if (rule.kind == RuleKind::check) checks.push_back(rule.id);
    REQUIRE(checks.size() == generated::rule_count);
    for (std::size_t n = 0; n < checks.size(); ++n) {
        CAPTURE(checks[n]);
        const generated::RuleInformation& row = generated::rule_information[n];
        const Rule& rule = *spec().find(checks[n]);
        CHECK(row.id == checks[n]);
        CHECK(row.section == rule.citation.section);
        CHECK(row.title == rule.citation.title);
        CHECK(static_cast<int>(row.stage) == static_cast<int>(rule.stage));
        REQUIRE(row.outcome_count == rule.outcomes.size());
        for (std::size_t k = 0; k < rule.outcomes.size(); ++k) {
            CHECK(static_cast<int>(row.outcomes[k].channel) == static_cast<int>(rule.outcomes[k].channel));
            CHECK(row.outcomes[k].number == rule.outcomes[k].number);
            CHECK(row.outcomes[k].qualification == rule.outcomes[k].qualification);
        }
    }
}

TEST_CASE("fields and MSRs are visited under their own encodings", "[generated]") {
    Words s;
    std::map<const void*, unsigned> number_of;
    generated::each_leaf(s, [&](const char*, unsigned number, auto& member) { number_of[&member] = number; });
    std::size_t fields = 0;
    generated::each_vmcs_field(s, [&](std::uint32_t encoding, auto& member) {
        CHECK(*spec().state.find_field(encoding) == number_of.at(&member));
        ++fields;
    });
    std::size_t msrs = 0;
    generated::each_msr(s, [&](std::uint32_t index, auto& member) {
        CHECK(*spec().state.find_msr(index) == number_of.at(&member));
        ++msrs;
    });
    CHECK(fields > 100);
    CHECK(msrs > 10);
}

}  // namespace vmxspec::generated_code_test
