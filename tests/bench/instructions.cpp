// Checks of one VMCS, for valgrind's callgrind to count their instructions (instructions.sh): a profile is dumped after
// each call of a measured_ function. Prints what each call was, in order.
#include "vmxspec/generated/entry_checks.hpp"

#include "tests/bench/recorded_state.hpp"

#include <cstdio>

using namespace vmxspec;
using Words = generated::EntryState<std::uint64_t>;

// Not inlined and not of this file alone, so that callgrind finds them by their names.
namespace vmxspec::bench {

[[gnu::noinline]] bool measured_violations(const Words& s) { return generated::violations(s).empty(); }
[[gnu::noinline]] generated::Rule measured_first_violation(const Words& s) { return generated::first_violation(s); }

}  // namespace vmxspec::bench

int main() {
    const Specification spec;
    const auto passing = bench::machine_words<Words>(bench::state_of(spec.state, "before02"));
    Words failing = passing;  // by a rule of the last stage
    failing.guest_rflags |= std::uint64_t{1} << 63;

    bool right = bench::measured_violations(passing);
    std::puts("violations passing");
    right = !bench::measured_violations(failing) && right;
    std::puts("violations failing");
    right = bench::measured_first_violation(passing) == generated::Rule::none && right;
    std::puts("first-violation passing");
    right = bench::measured_first_violation(failing) == generated::Rule::guest_rflags_reserved && right;
    std::puts("first-violation failing");
    if (!right) std::fputs("vmxspec-instructions: the recorded entries are not judged as they should be\n", stderr);
    return right ? 0 : 1;
}
