// Memory types as the MTRRs give them: SDM volume 3, 14.11.
#include "hv/l1/memory_types.hpp"

#include <catch2/catch.hpp>

#include <map>

namespace vmxspec::hv_memory_types_test {
namespace {

using namespace hv;
using enum MemoryType;

constexpr std::uint64_t kib = 1024, mib = 1024 * kib, gib = 1024 * mib;
constexpr std::uint64_t enabled = 1U << 11, fixed_enabled = 1U << 10, valid = 1U << 11, has_fixed = 1U << 8;

/// MTRRs made of ranges.
class Registers {
public:
    explicit Registers(std::uint64_t default_type) { msrs_[MemoryTypes::default_type_index] = default_type; }

    Registers& range(std::uint64_t base, std::uint64_t size, MemoryType type) {
        constexpr std::uint64_t width_36 = (std::uint64_t{1} << 36) - 1;
        msrs_[0x200 + 2 * count_] = base | static_cast<std::uint64_t>(type);
        msrs_[0x201 + 2 * count_] = (~(size - 1) & width_36) | valid;
        ++count_;
        return *this;
    }
    Registers& set(std::uint32_t index, std::uint64_t value) {
        msrs_[index] = value;
        return *this;
    }
    [[nodiscard]] MemoryTypes types(bool fixed = false) const {
        MemoryTypes types;
        types.read_from([&](std::uint32_t index) -> std::uint64_t {
            if (index == MemoryTypes::capabilities_index) return count_ | (fixed ? has_fixed : 0);
            const auto found = msrs_.find(index);
            return found == msrs_.end() ? 0 : found->second;
        });
        return types;
    }

private:
    std::map<std::uint32_t, std::uint64_t> msrs_;
    std::uint32_t count_ = 0;
};

std::optional<MemoryType> at(const MemoryTypes& types, std::uint64_t begin, std::uint64_t size = 4 * kib) {
    return types.of({begin, begin + size});
}

}  // namespace

TEST_CASE("without MTRRs the PAT decides; with MTRRs that are disabled all is UC", "[hv]") {
    CHECK(at(MemoryTypes{}, 0) == write_back);
    CHECK(at(Registers{6}.range(0, gib, write_back).types(), mib) == uncacheable);
    CHECK(at(Registers{enabled | 6}.types(), mib) == write_back);
    CHECK(at(Registers{enabled}.types(), 5 * gib, gib) == uncacheable);
}

TEST_CASE("a variable range covers what its mask compares", "[hv]") {
    const MemoryTypes types =
        Registers{enabled}.range(gib, gib, write_back).range(0xe000'0000, 256 * mib, write_combining).types();
    CHECK(at(types, gib) == write_back);
    CHECK(at(types, 2 * gib - 4 * kib) == write_back);
    CHECK(at(types, gib, gib) == write_back);
    CHECK(at(types, 2 * gib) == uncacheable);
    CHECK(at(types, 0xe000'0000, 2 * mib) == write_combining);
    CHECK_FALSE(at(types, 3 * gib, gib));  // two types in one page of 1 GiB
    CHECK(at(types, 0, gib) == uncacheable);
}

TEST_CASE("a range that is not valid, or has a reserved type", "[hv]") {
    CHECK(at(Registers{enabled | 6}.range(0, gib, uncacheable).set(0x201, 0xf'c000'0000).types(), mib) == write_back);
    for (const unsigned type : {2U, 3U, 7U, 8U, 255U})
        CHECK(at(Registers{enabled | 6}.range(0, gib, static_cast<MemoryType>(type)).types(), mib) == uncacheable);
}

TEST_CASE("ranges that overlap: SDM 14.11.4.1", "[hv]") {
    const auto overlap = [](MemoryType left, MemoryType right) {
        return at(Registers{enabled}.range(0, gib, left).range(0, 2 * gib, right).types(), mib);
    };
    for (const MemoryType type : {uncacheable, write_combining, write_through, write_protected, write_back}) {
        CHECK(overlap(type, type) == type);
        CHECK(overlap(type, uncacheable) == uncacheable);
        CHECK(overlap(uncacheable, type) == uncacheable);
    }
    CHECK(overlap(write_through, write_back) == write_through);
    CHECK(overlap(write_back, write_through) == write_through);
    // Undefined by the manual: the type without surprises.
    CHECK(overlap(write_combining, write_back) == uncacheable);
    CHECK(overlap(write_protected, write_through) == uncacheable);
    // A hole of a smaller range in a large one, as firmware makes it for devices below 4 GiB.
    const MemoryTypes types = Registers{enabled}.range(0, 4 * gib, write_back).range(3 * gib, gib, uncacheable).types();
    CHECK(at(types, 2 * gib, gib) == write_back);
    CHECK(at(types, 3 * gib, gib) == uncacheable);
    CHECK_FALSE(at(types, 0, 4 * gib));
    // Three ranges, whatever their order.
    CHECK(at(Registers{enabled}.range(0, gib, write_back).range(0, gib, uncacheable).range(0, gib, write_back).types(),
             mib) == uncacheable);
}

TEST_CASE("the fixed ranges decide below 1 MiB, and only there", "[hv]") {
    Registers registers{enabled | fixed_enabled | 6};
    registers.range(0, gib, write_through)
        .set(0x250, 0x0606'0606'0606'0606)   // 00000H to 7FFFFH
        .set(0x258, 0x0606'0606'0606'0600)   // 80000H: UC, 84000H to 9FFFFH: WB
        .set(0x259, 0x0101'0101'0101'0101)   // A0000H to BFFFFH: WC
        .set(0x268, 0x0505'0505'0505'0504)   // C0000H: WT, C1000H to C7FFFH: WP
        .set(0x26f, 0x0006'0606'0606'0606);  // FF000H: UC, F8000H to FEFFFH: WB
    const MemoryTypes types = registers.types(true);
    CHECK(at(types, 0) == write_back);
    CHECK(at(types, 0, 512 * kib) == write_back);
    CHECK(at(types, 0x80000) == uncacheable);
    CHECK(at(types, 0x84000) == write_back);
    CHECK_FALSE(at(types, 0x80000, 32 * kib));
    CHECK(at(types, 0xa0000, 128 * kib) == write_combining);
    CHECK(at(types, 0xc0000) == write_through);
    CHECK(at(types, 0xc1000) == write_protected);
    CHECK(at(types, 0xc8000) == uncacheable);  // a register that is all zeros
    CHECK(at(types, 0xfe000) == write_back);
    CHECK(at(types, 0xff000) == uncacheable);
    CHECK(at(types, mib) == write_through);
    CHECK_FALSE(at(types, 0, 2 * mib));
    CHECK(at(types, 2 * mib, 2 * mib) == write_through);
    // Not there, or not enabled: the variable ranges decide.
    CHECK(at(registers.types(false), 0xa0000) == write_through);
    CHECK(at(registers.set(MemoryTypes::default_type_index, enabled | 6).types(true), 0xa0000) == write_through);
}

TEST_CASE("a smaller range within a page forbids that page, beside it nothing", "[hv]") {
    const MemoryTypes types = Registers{enabled | 6}.range(gib + mib, mib, uncacheable).types();
    CHECK_FALSE(at(types, gib, 2 * mib));
    CHECK(at(types, gib + 2 * mib, 2 * mib) == write_back);
    CHECK(at(types, gib + mib) == uncacheable);
    CHECK(at(types, gib) == write_back);
}

}  // namespace vmxspec::hv_memory_types_test
