// What is told the 1st, 2nd, 4th, 8th ... time.
#include "hv/l1/repetition.hpp"

#include <catch2/catch.hpp>

#include <vector>

namespace vmxspec::hv_repetition_test {

TEST_CASE("a thing that happens a thousand times is told ten times", "[hv]") {
    hv::Repetitions<3> repetitions;
    std::vector<std::uint64_t> told;
    for (unsigned n = 0; n < 1000; ++n) {
        if (const std::uint64_t times = repetitions.count(1)) told.push_back(times);
    }
    CHECK(told == std::vector<std::uint64_t>{1, 2, 4, 8, 16, 32, 64, 128, 256, 512});
}

TEST_CASE("each thing is counted for itself", "[hv]") {
    hv::Repetitions<3> repetitions;
    for (const std::size_t thing : {0U, 1U, 2U}) CHECK(repetitions.count(thing) == 1);
    CHECK(repetitions.count(0) == 2);
    CHECK(repetitions.count(0) == 0);
    CHECK(repetitions.count(2) == 2);
}

}  // namespace vmxspec::hv_repetition_test
