// The MSRs that a guest does not have to itself, and the MSR bitmaps (SDM 27.6.9).
#include "hv/l1/msr_policy.hpp"

#include <catch2/catch.hpp>

#include <vector>

namespace vmxspec::hv_msr_policy_test {
namespace {

using namespace hv;

/// Whether RDMSR or WRMSR of `index` makes a VM exit, by SDM 27.6.9.
bool exits(const std::vector<std::uint8_t>& bitmap, std::uint32_t index, bool is_read) {
    const bool high = index >= 0xc000'0000 && index <= 0xc000'1fff;
    if (!high && index > 0x1fff) return true;
    const std::size_t bit = (index & 0x1fff) + (high ? 0x2000 : 0) + (is_read ? 0 : 0x4000);
    return (bitmap[bit / 8] >> bit % 8 & 1) != 0;
}

}  // namespace

TEST_CASE("rows are in order and do not overlap", "[hv]") {
    std::uint64_t next = 0;
    for (const MsrRow& row : msr_rows) {
        CHECK(row.first >= next);
        CHECK(row.last >= row.first);
        next = std::uint64_t{row.last} + 1;
    }
}

TEST_CASE("the bitmaps say of each MSR what the rows say", "[hv]") {
    std::vector<std::uint8_t> bitmap(msr_bitmap_size);
    fill_msr_bitmap(bitmap.data());
    for (std::uint32_t n = 0; n < 0x4000; ++n) {
        const std::uint32_t index = n < 0x2000 ? n : 0xc000'0000 + (n - 0x2000);
        for (const bool is_read : {true, false}) {
            const bool expected = msr_access(index, is_read) != MsrAccess::pass;
            if (exits(bitmap, index, is_read) != expected)
                FAIL("MSR " << std::hex << index << (is_read ? ", RDMSR" : ", WRMSR"));
        }
    }
}

TEST_CASE("what a guest with and without VMX finds", "[hv]") {
    for (std::uint32_t index = 0x480; index <= 0x493; ++index) {
        CHECK(msr_access(index, true) == MsrAccess::vmx_capability);
        CHECK(msr_access(index, false) == MsrAccess::fault);
    }
    CHECK(msr_access(0x3a, true) == MsrAccess::feature_control);
    CHECK(msr_access(0x3a, false) == MsrAccess::fault);  // it is locked
    for (const bool has_vmx : {false, true}) {
        const std::uint64_t shown = has_vmx ? 0x5 : 0x1;
        CHECK(shown_feature_control(0x5, has_vmx) == shown);
        CHECK(shown_feature_control(0, has_vmx) == shown);
        CHECK(shown_feature_control(0x6'ff07, has_vmx) == (0x6'0000 | shown));  // SGX's bits 18:17 stay
    }
    for (const std::uint32_t index :
         {0x10U, 0x1bU, 0x174U, 0x277U, 0x47fU, 0x494U, 0xc000'0080U, 0xc000'0101U, 0x8000'0000U})
        for (const bool is_read : {true, false}) CHECK(msr_access(index, is_read) == MsrAccess::pass);
    for (const std::uint32_t index : {0x200U, 0x21fU, 0x250U, 0x258U, 0x259U, 0x268U, 0x26fU, 0x2ffU}) {
        CHECK(msr_access(index, true) == MsrAccess::pass);
        CHECK(msr_access(index, false) == MsrAccess::memory_type);
    }
}

}  // namespace vmxspec::hv_msr_policy_test
