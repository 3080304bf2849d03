// vmxspec-instructions QUESTION STATE: one call of a measured_ function, whose instructions valgrind's callgrind counts
// (instructions.sh).
#include "vmxspec/generated/entry_checks.hpp"

#include "tests/bench/recorded_state.hpp"
#include "tests/unit/c_header.h"

#include <cstdio>
#include <string>

using namespace vmxspec;
using Words = generated::EntryState<std::uint64_t>;

// Not inlined and not of this file alone, so that callgrind finds them by their names. Each tells whether the state
// passes.
namespace vmxspec::bench {

[[gnu::noinline]] bool measured_violations(const Words& s) { return generated::violations(s).empty(); }
[[gnu::noinline]] bool measured_first_violation(const Words& s) {
    return generated::first_violation(s) == generated::Rule::none;
}
[[gnu::noinline]] bool measured_first_violation_in_c(const vmxspec_entry_state& s) {
    return c_first_violation(&s) == vmxspec_rule_none;
}

}  // namespace vmxspec::bench

namespace {

/// The C header's state, by its tables.
vmxspec_entry_state in_c(const KnownState& state) {
    vmxspec_entry_state s{};
    const auto put = [&](const vmxspec_leaf& leaf) { vmxspec_put(&s, &leaf, state.values()[leaf.number].value); };
    for (const vmxspec_leaf& leaf : vmxspec_vmcs_fields) put(leaf);
    for (const vmxspec_leaf& leaf : vmxspec_msrs) put(leaf);
    for (const vmxspec_cpuid_bits& bits : vmxspec_cpuid) put(bits.leaf);
    for (const vmxspec_leaf& leaf : vmxspec_others) put(leaf);
    return s;
}

bool passes(const std::string& question, const KnownState& state, bool failing) {
    constexpr std::uint64_t reserved = std::uint64_t{1} << 63;  // of RFLAGS, which a check of the last stage reads
    if (question == "first-violation-in-c") {
        vmxspec_entry_state s = in_c(state);
        if (failing) s.guest_rflags |= reserved;
        return bench::measured_first_violation_in_c(s);
    }
    auto s = bench::machine_words<Words>(state);
    if (failing) s.guest_rflags |= reserved;
    return question == "violations" ? bench::measured_violations(s) : bench::measured_first_violation(s);
}

}  // namespace

int main(int count, char** argument) {
    const std::string question = count == 3 ? argument[1] : "";
    const std::string which = count == 3 ? argument[2] : "";
    if ((question != "violations" && question != "first-violation" && question != "first-violation-in-c") ||
        (which != "passing" && which != "failing")) {
        std::fputs("usage: vmxspec-instructions violations|first-violation|first-violation-in-c passing|failing\n",
                   stderr);
        return 3;
    }
    const Specification spec;
    const bool failing = which == "failing";
    if (passes(question, bench::state_of(spec.state, "before02"), failing) != failing) return 0;
    std::fputs("vmxspec-instructions: the state is not judged as it should be\n", stderr);
    return 1;
}
