// std::regex recurses once a character: a line of megabytes in a dump, as a log without line ends has it, overflowed
// the stack instead of being refused.
#include "proofs/query/dumps/reader.hpp"

#include "proofs/state/input_error.hpp"

#include <catch2/catch.hpp>

namespace vmxspec::long_line_test {

TEST_CASE("a line of megabytes is refused, or passed over when it is no VMCS line", "[bugs]") {
    Graph graph;
    const State state{graph};
    const std::string long_name(4'000'000, 'a');
    const std::string good = "(0x6800) @before02@guest_CR0 = 0x0000000080010035\n";
    CHECK_THROWS_WITH(query::read_dump(state, good + "@before02@" + long_name + "\n", "dmesg", ""),
                      Catch::Contains("dmesg, line 2"));
    CHECK(query::read_dump(state, good + long_name + "\n", "dmesg", "").size() == 1);
}

}  // namespace vmxspec::long_line_test
