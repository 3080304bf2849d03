// Where the fields of a VMCS12 are.
#include "hv/nested/vmcs12_layout.hpp"

#include <catch2/catch.hpp>

#include <set>

namespace vmxspec::hv_vmcs12_layout_test {
namespace {

using namespace hv;

}  // namespace

TEST_CASE("no two fields have one place, and a field's halves share theirs", "[hv]") {
    std::set<std::size_t> taken;
    for (std::uint64_t encoding = 0; encoding < 0x8000; encoding += 2) {
        const std::size_t place = place_of(encoding);
        if (place == no_place) continue;
        CHECK(place < field_places);
        CHECK(taken.insert(place).second);
        CHECK(place_of(encoding | 1) == (width_of(encoding) == FieldWidth::bits64 ? place : no_place));
    }
    CHECK(taken.size() == field_places);
}

TEST_CASE("an encoding with a reserved bit has no place", "[hv]") {
    constexpr std::uint64_t guest_rip = 0x681e;
    CHECK(place_of(guest_rip) != no_place);
    CHECK(place_of(guest_rip | 1 << 12) == no_place);
    for (unsigned n = 15; n < 64; ++n) CHECK(place_of(guest_rip | std::uint64_t{1} << n) == no_place);
    CHECK(place_of(~std::uint64_t{0}) == no_place);
    CHECK(place_of(0xffff'ffff) == no_place);
}

TEST_CASE("a field keeps what its width holds", "[hv]") {
    constexpr std::uint64_t value = 0x1234'5678'9abc'def0;
    CHECK(truncated(0x0800, value) == 0xdef0);
    CHECK(truncated(0x4004, value) == 0x9abc'def0);
    CHECK(truncated(0x2800, value) == value);
    CHECK(truncated(0x681e, value) == value);
}

}  // namespace vmxspec::hv_vmcs12_layout_test
