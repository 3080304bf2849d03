// The C header, compiled as C, answers as the C++ headers do, on states near a recorded one.
#include "tests/unit/c_header.h"

#include "vmxspec/generated/entry_result.hpp"
#include "vmxspec/generated/vmx_instructions.hpp"

#include "tests/unit/nearby_state.hpp"

#include <catch2/catch.hpp>

#include <cstring>
#include <set>

namespace vmxspec::c_header_test {
namespace {

using test::machine;
using test::mutate;
using test::spec;
using Words = generated::EntryState<std::uint64_t>;
using ExitWords = generated::ExitState<std::uint64_t>;
using InstructionWords = generated::InstructionState<std::uint64_t>;

/// The C++ state, and the numbers of its leaves.
template <class Struct>
Struct filled(const std::vector<std::uint64_t>& values, std::vector<std::size_t>* leaves = nullptr) {
    Struct s;
    generated::each_leaf(s, [&](const char*, unsigned number, auto& member) {
        member = static_cast<std::decay_t<decltype(member)>>(values[number]);
        if (leaves != nullptr) leaves->push_back(number);
    });
    return s;
}

/// The C state, by a table of the header.
template <class Struct, std::size_t Count>
Struct filled_by(const vmxspec_leaf (&table)[Count], const std::vector<std::uint64_t>& values) {
    Struct s{};
    for (const vmxspec_leaf& leaf : table) vmxspec_put(&s, &leaf, values[leaf.number]);
    return s;
}
vmxspec_entry_state entry(const std::vector<std::uint64_t>& values) {
    auto s = filled_by<vmxspec_entry_state>(vmxspec_others, values);
    for (const vmxspec_leaf& leaf : vmxspec_vmcs_fields)
        REQUIRE(vmxspec_set_vmcs_field(&s, leaf.key, values[leaf.number]));
    for (const vmxspec_leaf& leaf : vmxspec_msrs) REQUIRE(vmxspec_set_msr(&s, leaf.key, values[leaf.number]));
    for (const vmxspec_cpuid_bits& bits : vmxspec_cpuid) vmxspec_put(&s, &bits.leaf, values[bits.leaf.number]);
    return s;
}

bool same(const generated::Loaded<std::uint64_t>& a, const vmxspec_loaded& b) {
    return a.value == b.value && a.defined == b.defined && a.kept == b.kept;
}

std::size_t random_leaf_values(std::vector<std::uint64_t>& values, const std::vector<std::size_t>& leaves,
                               std::mt19937_64& random) {
    for (const std::size_t n : leaves)
        values[n] = random() &
                    low_bits(std::max(1U, spec().state.leaves()[n].width)) >> (random() % 2 == 0 ? 0 : random() % 64);
    return leaves.size();
}

}  // namespace

TEST_CASE("checks in C and in C++ agree", "[c-header]") {
    std::mt19937_64 random{20220921};
    const std::vector<std::uint64_t> start[] = {machine("virtualbox-before02"), machine("virtualbox-after02")};
    std::vector<std::size_t> leaves;
    (void)filled<Words>(start[0], &leaves);
    const generated::MsrAreaEntry area[] = {{0xc0000080, 0, 0x801}, {0x277, 0, 0x0407050600070106}, {0xc0000101, 0, 0}};
    std::size_t wrong = 0;
    std::size_t passing = 0;
    for (int round = 0; round < 2000; ++round) {
        std::vector<std::uint64_t> values = start[round % 2];
        mutate(values, leaves, random);
        const auto s = filled<Words>(values);
        const vmxspec_entry_state c = entry(values);
        const generated::RuleSet broken = generated::violations(s);
        const vmxspec_rule_set c_broken = c_violations(&c);
        for (std::size_t n = 0; n < generated::rule_count; ++n)
            if (broken.contains(static_cast<generated::Rule>(n)) !=
                vmxspec_rule_set_contains(&c_broken, static_cast<vmxspec_rule>(n)))
                ++wrong;
        const auto first = static_cast<int>(generated::first_violation(s));
        if (first != static_cast<int>(c_first_violation(&c)) ||
            first != static_cast<int>(vmxspec_rule_set_first(&c_broken)) ||
            (first == vmxspec_rule_none) != vmxspec_rule_set_empty(&c_broken))
            ++wrong;
        const auto count = static_cast<std::uint32_t>(round % 4);
        const generated::EntryResult result = generated::check_entry(s, area, count, round % 3 == 0);
        vmxspec_msr_area_entry c_area[3];
        static_assert(sizeof c_area == sizeof area);
        std::memcpy(c_area, area, sizeof area);
        const vmxspec_entry_result c_result = c_check_entry(&c, c_area, count, round % 3 == 0);
        if (result.enters() != c_result.enters || static_cast<int>(result.rule) != static_cast<int>(c_result.rule) ||
            result.msrs.failed_entry != c_result.msrs.failed_entry || result.msrs.efer != c_result.msrs.efer ||
            static_cast<int>(result.msrs.rule) != static_cast<int>(c_result.msrs.rule))
            ++wrong;
        if (result.enters()) ++passing;
    }
    CHECK(wrong == 0);
    CHECK(passing > 50);
}

TEST_CASE("loads in C and in C++ agree", "[c-header]") {
    std::mt19937_64 random{20220922};
    std::vector<std::uint64_t> values = machine("virtualbox-before02");
    std::vector<std::size_t> leaves;
    std::vector<std::size_t> exit_leaves;
    (void)filled<Words>(values, &leaves);
    (void)filled<ExitWords>(values, &exit_leaves);
    std::size_t wrong = 0;
    for (int round = 0; round < 500; ++round) {
        mutate(values, leaves, random);
        REQUIRE(random_leaf_values(values, exit_leaves, random) == VMXSPEC_EXIT_LEAF_COUNT);
        const auto s = filled<Words>(values);
        const auto x = filled<ExitWords>(values);
        const vmxspec_entry_state c = entry(values);
        const auto c_x = filled_by<vmxspec_exit_state>(vmxspec_exit_leaves, values);
        std::size_t n = 0;
        generated::after_entry::each_register(s, [&](const char*, const auto& loaded) {
            if (!same(loaded, c_after_entry(&c, n++))) ++wrong;
        });
        CHECK(n == c_after_entry_count());
        n = 0;
        generated::after_exit::each_register(s, x, [&](const char*, const auto& loaded) {
            if (!same(loaded, c_after_exit(&c, &c_x, n++))) ++wrong;
        });
        CHECK(n == c_after_exit_count());
    }
    CHECK(wrong == 0);
}

TEST_CASE("VMX instructions in C and in C++ agree", "[c-header]") {
    std::mt19937_64 random{20220923};
    std::vector<std::uint64_t> values(spec().state.leaves().size());
    std::vector<std::size_t> leaves;
    (void)filled<InstructionWords>(values, &leaves);
    std::size_t wrong = 0;
    std::set<int> rows;
    for (int round = 0; round < 4000; ++round) {
        random_leaf_values(values, leaves, random);
        const auto s = filled<InstructionWords>(values);
        const auto c = filled_by<vmxspec_instruction_state>(vmxspec_instruction_leaves, values);
        for (const bool launch : {false, true}) {
            const generated::InstructionResult result = launch ? generated::vmlaunch(s) : generated::vmptrld(s);
            const vmxspec_instruction_result c_result = launch ? c_vmlaunch(&c) : c_vmptrld(&c);
            rows.insert(static_cast<int>(result.row));
            if (static_cast<int>(result.row) != static_cast<int>(c_result.row) || result.number != c_result.number ||
                static_cast<int>(result.ending) != static_cast<int>(c_result.ending))
                ++wrong;
            std::size_t n = 0;
            InstructionWords next = result.next;
            generated::each_leaf(next, [&](const char*, unsigned, const auto& member) {
                if (member != vmxspec_get(&c_result.next, &vmxspec_instruction_leaves[n++])) ++wrong;
            });
        }
    }
    CHECK(wrong == 0);
    CHECK(rows.size() >= 8);
}

TEST_CASE("the C header's tables are those of the C++ headers", "[c-header]") {
    for (std::size_t n = 0; n < generated::rule_count; ++n) {
        const generated::RuleInformation& rule = generated::rule_information[n];
        const vmxspec_rule_information* c_rule = vmxspec_information(static_cast<vmxspec_rule>(n));
        CHECK(std::string{rule.id} == c_rule->id);
        CHECK(std::string{rule.section} == c_rule->section);
        CHECK(std::string{rule.title} == c_rule->title);
        CHECK(static_cast<int>(rule.stage) == static_cast<int>(c_rule->stage));
        REQUIRE(rule.outcome_count == c_rule->outcome_count);
        for (std::size_t k = 0; k < rule.outcome_count; ++k) {
            CHECK(static_cast<int>(rule.outcomes[k].channel) == static_cast<int>(c_rule->outcomes[k].channel));
            CHECK(rule.outcomes[k].number == c_rule->outcomes[k].number);
            CHECK(rule.outcomes[k].qualification == c_rule->outcomes[k].qualification);
        }
    }
    for (std::size_t n = 0; n < generated::msr_rule_count; ++n) {
        CHECK(std::string{generated::msr_rule_information[n].id} == vmxspec_msr_rules[n].id);
        CHECK(generated::msr_rule_information[n].exit_reason == vmxspec_msr_rules[n].exit_reason);
    }
    CHECK(vmxspec_information(vmxspec_rule_none) == nullptr);
    CHECK(vmxspec_msr_information(vmxspec_msr_rule_none) == nullptr);
}

TEST_CASE("a C state is filled and read by encoding, MSR index and CPUID leaf", "[c-header]") {
    vmxspec_entry_state s{};
    CHECK(vmxspec_set_vmcs_field(&s, 0x6800, 0x80000031));
    CHECK(s.guest_cr0 == 0x80000031);
    std::uint64_t value = 7;
    CHECK(vmxspec_get_vmcs_field(&s, 0x6800, &value));
    CHECK(value == 0x80000031);
    CHECK_FALSE(vmxspec_set_vmcs_field(&s, 0x6801, 1));  // no encoding of a field that checks read
    CHECK_FALSE(vmxspec_get_vmcs_field(&s, 0x6801, &value));
    CHECK(value == 0x80000031);
    CHECK(vmxspec_set_msr(&s, 0x480, 0xda0400));
    CHECK(s.capability_basic == 0xda0400);
    CHECK(vmxspec_get_msr(&s, 0x480, &value));
    CHECK(value == 0xda0400);
    CHECK_FALSE(vmxspec_set_msr(&s, 0x12345, 1));
    CHECK_FALSE(vmxspec_get_msr(&s, 0x12345, &value));
    const std::uint32_t registers[4] = {0x3024, 0, 0, 0};
    CHECK(vmxspec_set_cpuid(&s, 0x80000008, 0, registers));
    CHECK(s.processor_maxphyaddr == 0x24);
    CHECK(s.processor_linear_width == 0x30);
    const std::uint32_t features[4] = {0, 0, 0, 1U << 11};
    CHECK(vmxspec_set_cpuid(&s, 1, 0, features));
    CHECK(s.processor_sep);
    CHECK_FALSE(s.processor_mtrr);
    CHECK_FALSE(vmxspec_set_cpuid(&s, 0x7777, 0, registers));
}

}  // namespace vmxspec::c_header_test
