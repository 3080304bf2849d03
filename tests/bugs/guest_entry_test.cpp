// The entry address of a guest's Multiboot2 header was not looked at: a guest that begins where nothing is loaded was
// started there, one whose tag is too short for an address began where its ELF file says, and one whose ELF file names
// no good entry was refused although the header names one.
#include "hv/l1/multiboot_kernel.hpp"

#include <catch2/catch.hpp>

#include <cstring>
#include <vector>

namespace vmxspec::guest_entry_test {
namespace {

/// A 32-bit ELF file with one segment, 1 MiB to 1 MiB + 100H, and a tag with `size` bytes for the entry address.
std::optional<hv::GuestRefusal> refusal(std::uint32_t elf_entry, std::uint32_t entry, std::uint32_t size,
                                        std::uint32_t* begins = nullptr) {
    std::vector<std::uint8_t> file(0x400);
    const auto put = [&](std::size_t offset, auto value) { std::memcpy(file.data() + offset, &value, sizeof value); };
    put(0, std::uint32_t{0x464c'457f});
    put(4, std::uint8_t{1});
    put(18, std::uint16_t{3});
    put(24, elf_entry);
    put(28, std::uint32_t{0x34});
    put(42, std::uint16_t{32});
    put(44, std::uint16_t{1});
    const std::uint32_t segment[]{1, 0, 0x10'0000, 0x10'0000, 0x100, 0x100};
    std::memcpy(file.data() + 0x34, segment, sizeof segment);
    constexpr std::uint32_t magic = 0xe852'50d6, length = 40;
    const std::uint32_t header[]{magic, 0, length, static_cast<std::uint32_t>(-(magic + length)), 3, 8 + size, entry,
                                 0,     0, 8};
    std::memcpy(file.data() + 0x100, header, sizeof header);
    hv::MultibootKernel kernel{};
    const auto result = kernel.read(std::as_bytes(std::span{file}));
    if (begins != nullptr) *begins = kernel.entry;
    return result;
}

}  // namespace

TEST_CASE("a guest begins within what is loaded, where its header says", "[bugs]") {
    std::uint32_t begins = 0;
    CHECK_FALSE(refusal(0x10'0000, 0x10'0080, 4, &begins));
    CHECK(begins == 0x10'0080);
    CHECK(refusal(0x10'0000, 0x10'0100, 4) == hv::GuestRefusal::bad_entry);
    CHECK(refusal(0x10'0000, 0, 4) == hv::GuestRefusal::bad_entry);
    CHECK(refusal(0x10'0000, 0x10'0080, 0) == hv::GuestRefusal::bad_header);
    CHECK_FALSE(refusal(0, 0x10'0080, 4));
}

}  // namespace vmxspec::guest_entry_test
