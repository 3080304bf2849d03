// Task-state segments and descriptors as hv/l1 reads and writes them, against figures 10-2 and 10-10 of SDM volume 3.
#include "hv/l1/task_state.hpp"

#include <catch2/catch.hpp>
#include <numeric>
#include <vector>

namespace vmxspec::hv_task_state_test {
namespace {

using namespace hv;

/// A TSS whose bytes are all different, so that each register tells where it is from.
TaskImage numbered(bool is_32) {
    TaskImage image{is_32};
    const auto bytes = image.bytes();
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    return image;
}

std::uint32_t at(std::size_t offset, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t n = 0; n < size; ++n) {
        value |= static_cast<std::uint32_t>(offset + n) << 8 * n;
    }
    return value;
}

TEST_CASE("a 32-bit TSS is read by its layout", "[hv]") {
    const TaskState state = numbered(true).load();
    CHECK(state.cr3 == at(28, 4));
    CHECK(state.ip == at(32, 4));
    CHECK(state.flags == ((at(36, 4) & TaskImage::flags_mask) | 2));
    for (std::size_t n = 0; n < 8; ++n) {
        CHECK(state.general[n] == at(40 + 4 * n, 4));
    }
    for (std::size_t n = 0; n < 6; ++n) {
        CHECK(state.segments[n] == at(72 + 4 * n, 2));
    }
    CHECK(state.ldt == at(96, 2));
    CHECK_FALSE(state.trap);  // byte 100 is 100: an even number
}

TEST_CASE("a 16-bit TSS is read by its layout", "[hv]") {
    const TaskState state = numbered(false).load();
    CHECK(state.ip == at(14, 2));
    CHECK(state.flags == ((at(16, 2) & TaskImage::flags_mask) | 2));
    for (std::size_t n = 0; n < 8; ++n) {
        CHECK(state.general[n] == (at(18 + 2 * n, 2) | 0xffff'0000));
    }
    for (std::size_t n = 0; n < 4; ++n) {
        CHECK(state.segments[n] == at(34 + 2 * n, 2));
    }
    CHECK(state.segments[4] == 0);
    CHECK(state.segments[5] == 0);
    CHECK(state.ldt == at(42, 2));
}

TEST_CASE("what is saved is read again, and nothing else changes", "[hv]") {
    for (const bool is_32 : {true, false}) {
        TaskImage image = numbered(is_32);
        const std::vector<std::uint8_t> before{image.bytes().begin(), image.bytes().end()};
        TaskState state{};
        state.ip = 0x1234;
        state.flags = 0x246;
        for (std::size_t n = 0; n < 8; ++n) {
            state.general[n] = static_cast<std::uint32_t>(0xffff'1000 + n);
        }
        for (std::size_t n = 0; n < 4; ++n) {
            state.segments[n] = static_cast<std::uint16_t>(0x100 + n);
        }
        image.save(state);
        const TaskState again = image.load();
        CHECK(again.ip == state.ip);
        CHECK(again.flags == state.flags);
        CHECK(again.general == state.general);
        CHECK(again.segments == state.segments);
        for (std::size_t n = 0; n < before.size(); ++n) {
            const bool may_change = n >= image.saved_begin() && n < image.saved_end();
            CHECK((may_change || image.bytes()[n] == before[n]));
        }
    }
}

TEST_CASE("a descriptor is decoded as a segment register keeps it", "[hv]") {
    const SegmentRegister code = decode(0x08, 0x00cf'9b00'0000'ffff);
    CHECK(code.base == 0);
    CHECK(code.limit == 0xffff'ffff);
    CHECK(code.rights == 0xc09b);
    const SegmentRegister task = decode(0x28, 0x1200'8934'5678'0067);
    CHECK(task.selector == 0x28);
    CHECK(task.base == 0x1234'5678);
    CHECK(task.limit == 0x67);
    CHECK(task.rights == 0x89);
    CHECK(decode(0, 0x0040'9200'0000'fffe).limit == 0xfffe);
    CHECK(decode(0, 0x00c0'9200'0000'0000).limit == 0xfff);
}

}  // namespace
}  // namespace vmxspec::hv_task_state_test
