// The memory map that the hypervisor gives its guest, and places in it.
#include "hv/l1/memory_map.hpp"

#include <catch2/catch.hpp>

#include <tuple>
#include <vector>

namespace vmxspec::hv_memory_map_test {
namespace {

using namespace hv;
using Rows = std::vector<std::tuple<std::uint64_t, std::uint64_t, std::uint32_t>>;

constexpr runtime::Region hidden{0x20'0000, 0x40'0000};

Rows rows(const MemoryMap& map) {
    Rows all;
    for (const auto& [region, type] : map.entries()) all.emplace_back(region.begin, region.end, type);
    return all;
}

Rows without_hidden(std::uint64_t begin, std::uint64_t end, std::uint32_t type = map_available) {
    MemoryMap map;
    REQUIRE(map.add({{begin, end}, type}, hidden));
    return rows(map);
}

}  // namespace

TEST_CASE("what is hidden becomes reserved, and the rest stays free", "[hv]") {
    CHECK(without_hidden(0x10'0000, 0x80'0000) ==
          Rows{{0x10'0000, 0x20'0000, 1}, {0x20'0000, 0x40'0000, 2}, {0x40'0000, 0x80'0000, 1}});
    CHECK(without_hidden(0x30'0000, 0x80'0000) == Rows{{0x30'0000, 0x40'0000, 2}, {0x40'0000, 0x80'0000, 1}});
    CHECK(without_hidden(0x10'0000, 0x30'0000) == Rows{{0x10'0000, 0x20'0000, 1}, {0x20'0000, 0x30'0000, 2}});
    CHECK(without_hidden(0x20'0000, 0x40'0000) == Rows{{0x20'0000, 0x40'0000, 2}});
    CHECK(without_hidden(0x28'0000, 0x30'0000) == Rows{{0x28'0000, 0x30'0000, 2}});
    CHECK(without_hidden(0x10'0000, 0x20'0000) == Rows{{0x10'0000, 0x20'0000, 1}});
    CHECK(without_hidden(0x40'0000, 0x50'0000) == Rows{{0x40'0000, 0x50'0000, 1}});
    CHECK(without_hidden(0x10'0000, 0x10'0000).empty());
    CHECK(without_hidden(0x10'0000, 0x80'0000, 3) == Rows{{0x10'0000, 0x80'0000, 3}});  // ACPI's, as it was
}

TEST_CASE("memory is available across entries that touch, in any order", "[hv]") {
    MemoryMap map;
    REQUIRE(map.add({{0x5000, 0x7000}, map_available}, hidden));
    REQUIRE(map.add({{0x1000, 0x5000}, map_available}, hidden));
    REQUIRE(map.add({{0x8000, 0x9000}, map_reserved}, hidden));
    CHECK(map.available({0x1000, 0x7000}));
    CHECK(map.available({0x4fff, 0x5001}));
    CHECK(map.available({0x3000, 0x3000}));
    CHECK_FALSE(map.available({0x0fff, 0x2000}));
    CHECK_FALSE(map.available({0x6000, 0x7001}));
    CHECK_FALSE(map.available({0x8000, 0x8001}));
    CHECK(map.available_size() == 0x6000);
}

TEST_CASE("a map that is full says so", "[hv]") {
    MemoryMap map;
    for (std::uint64_t n = 0; n < MemoryMap::most; ++n)
        REQUIRE(map.add({{n * 0x1000, n * 0x1000 + 1}, map_reserved}, hidden));
    CHECK_FALSE(map.add({{0x900'0000, 0x900'1000}, map_available}, hidden));
    CHECK(map.add({{0x900'0000, 0x900'0000}, map_available}, hidden));  // nothing needs no room
    CHECK(map.entries().size() == MemoryMap::most);
}

TEST_CASE("places are as high as there is room below the limit, apart from what is taken", "[hv]") {
    MemoryMap map;
    REQUIRE(map.add({{0x1000, 0x10'0000}, map_available}, hidden));
    REQUIRE(map.add({{0x10'0000, 0x18'0000}, map_reserved}, hidden));
    Placement placement{map, 0x8'0800};
    CHECK(placement.place(1) == 0x8'0000);  // begins on a page, ends below the limit
    CHECK(placement.place(0x1000) == 0x7'f000);
    REQUIRE(placement.take({0x7'0000, 0x7'e800}));
    CHECK(placement.place(0x1000) == 0x6'f000);
    CHECK(placement.place(0x6'0000) == 0xf000);
    CHECK(placement.place(0xe001) == 0);  // there are but E000H bytes left
    CHECK(placement.place(0xe000) == 0x1000);
    CHECK(placement.place(1) == 0);
}

TEST_CASE("a place in the highest of several regions; none where it does not fit", "[hv]") {
    MemoryMap map;
    REQUIRE(map.add({{0x70'0000, 0x70'1000}, map_available}, hidden));
    REQUIRE(map.add({{0x50'0000, 0x60'0000}, map_available}, hidden));
    Placement placement{map, runtime::mapped_end};
    CHECK(placement.place(0x2000) == 0x5f'e000);
    CHECK(placement.place(0x1000) == 0x70'0000);
    CHECK(placement.place(~std::uint64_t{0}) == 0);
    std::size_t taken = 2;
    while (taken < Placement::most && placement.take({0, 1})) ++taken;
    CHECK(taken == Placement::most);
    CHECK_FALSE(placement.take({0, 1}));
    CHECK(placement.place(0x1000) == 0);  // nobody could remember it
}

}  // namespace vmxspec::hv_memory_map_test
