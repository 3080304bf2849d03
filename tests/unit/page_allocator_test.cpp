// Pages of physical memory, and what IA32_FEATURE_CONTROL says.
#include "runtime/memory/page_allocator.hpp"
#include "runtime/cpu/vmx_operation.hpp"

#include <catch2/catch.hpp>

#include <vector>

namespace vmxspec::page_allocator_test {
namespace {

using namespace runtime;

}  // namespace

TEST_CASE("pages are handed out once, lowest first, from usable memory only", "[runtime]") {
    const Region usable[] = {{0x10'0000, 0x10'4800}, {0x1800, 0x5000}};
    PageAllocator pages{usable, {0, mapped_end}};
    REQUIRE(pages.reserve({0x3000, 0x3001}));
    std::vector<std::uint64_t> got;
    while (const auto page = pages.allocate()) got.push_back(raw(*page));
    CHECK(got == std::vector<std::uint64_t>{0x2000, 0x4000, 0x10'0000, 0x10'1000, 0x10'2000, 0x10'3000});
}

TEST_CASE("consecutive pages, bounds and reserved regions", "[runtime]") {
    const Region usable[] = {{0, 0x10000}, {0xffff'f000, 0x1'0001'0000}};
    PageAllocator pages{usable, {0x1000, mapped_end}};
    REQUIRE(pages.reserve({0x4000, 0x5000}));
    REQUIRE(pages.reserve({0x2000, 0x2800}));
    CHECK(raw(*pages.allocate(4)) == 0x5000);
    CHECK(raw(*pages.allocate(7)) == 0x9000);
    CHECK(raw(*pages.allocate()) == 0xffff'f000);  // and none at 4 GiB
    CHECK_FALSE(pages.allocate().has_value());
    CHECK_FALSE(pages.allocate(~std::size_t{0}).has_value());
    for (std::size_t k = 2; k < PageAllocator::most_reserved; ++k) REQUIRE(pages.reserve({0, 1}));
    CHECK_FALSE(pages.reserve({0, 1}));
}

TEST_CASE("overlapping regions do not give a page twice", "[runtime]") {
    const Region usable[] = {{0x1000, 0x5000}, {0x3000, 0x7000}, {0x1000, 0x2000}};
    PageAllocator pages{usable, {0, mapped_end}};
    std::vector<std::uint64_t> got;
    while (const auto page = pages.allocate()) got.push_back(raw(*page));
    CHECK(got == std::vector<std::uint64_t>{0x1000, 0x2000, 0x3000, 0x4000, 0x5000, 0x6000});
}

TEST_CASE("IA32_FEATURE_CONTROL decides about VMXON", "[runtime]") {
    CHECK(feature_control(0x0) == FeatureControl::undecided);
    CHECK(feature_control(0x4) == FeatureControl::undecided);  // not locked: not in force
    CHECK(feature_control(0x1) == FeatureControl::forbids);
    CHECK(feature_control(0x3) == FeatureControl::forbids);  // inside SMX only
    CHECK(feature_control(0x5) == FeatureControl::allows);
    CHECK(feature_control(0x7) == FeatureControl::allows);
}

}  // namespace vmxspec::page_allocator_test
