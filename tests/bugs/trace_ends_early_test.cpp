// The trace reader took the line "end" inside a vector: the vector had no outcome, and counted as an entry that
// succeeded.
#include "proofs/query/trace.hpp"

#include "proofs/state/input_error.hpp"

#include <catch2/catch.hpp>

namespace vmxspec::trace_ends_early_test {

TEST_CASE("a vector without an outcome is no entry that succeeded", "[bugs]") {
    const Specification spec;
    CHECK_THROWS_AS(query::read_trace(spec, "vmxspec-trace 1\nvector a\nvmcs 6800=80010035\nend 1\n", "trace.txt"),
                    InputError);
    CHECK_NOTHROW(query::read_trace(spec, "vmxspec-trace 1\nvector a\nvmcs 6800=80010035\noutcome a exit 12 0\nend 1\n",
                                    "trace.txt"));
}

}  // namespace vmxspec::trace_ends_early_test
