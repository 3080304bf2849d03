// A guest's file: ELF with a Multiboot or Multiboot2 header, whole and damaged.
#include "hv/l1/multiboot_kernel.hpp"

#include <catch2/catch.hpp>

#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace vmxspec::hv_multiboot_kernel_test {
namespace {

using namespace hv;
using enum GuestRefusal;

/// Little-endian numbers in a file.
class File {
public:
    explicit File(std::size_t size) : bytes_(size) {}
    template <class T>
    File& put(std::size_t offset, T value) {
        std::memcpy(bytes_.data() + offset, &value, sizeof value);
        return *this;
    }
    File& cut(std::size_t size) {
        bytes_.resize(size);
        return *this;
    }
    [[nodiscard]] std::span<const std::byte> bytes() const { return std::as_bytes(std::span{bytes_}); }
    [[nodiscard]] std::optional<GuestRefusal> refusal() const {
        MultibootKernel kernel{};
        return kernel.read(bytes());
    }

private:
    std::vector<std::uint8_t> bytes_;
};

constexpr std::size_t header_place = 0x400, tags_place = header_place + 16, headers_place = 0x40;

/// Where a field of a program header is, in 64-bit ELF.
constexpr std::size_t program_header(std::size_t n, std::size_t field) { return headers_place + n * 56 + field; }

void segment(File& file, std::size_t n, std::uint64_t offset, std::uint64_t virtual_address, std::uint64_t address,
             std::uint64_t file_size, std::uint64_t memory_size) {
    file.put(program_header(n, 0), std::uint32_t{1});
    file.put(program_header(n, 8), offset)
        .put(program_header(n, 16), virtual_address)
        .put(program_header(n, 24), address);
    file.put(program_header(n, 32), file_size).put(program_header(n, 40), memory_size);
}

void checksum2(File& file, std::uint32_t length) {
    file.put(header_place, std::uint32_t{0xe852'50d6})
        .put(header_place + 4, std::uint32_t{0})
        .put(header_place + 8, length);
    file.put(header_place + 12, static_cast<std::uint32_t>(-(0xe852'50d6 + length)));
}

/// A 64-bit ELF with a Multiboot2 header and two segments: 1 MiB, and 2 MiB with zeros at its end.
File elf64() {
    File file{0x1000};
    file.put(0, std::uint32_t{0x464c'457f}).put(4, std::uint8_t{2}).put(18, std::uint16_t{62});
    file.put(24, std::uint64_t{0xffff'8000'0010'0010}).put(32, std::uint64_t{headers_place});
    file.put(54, std::uint16_t{56}).put(56, std::uint16_t{2});
    segment(file, 0, 0x400, 0xffff'8000'0010'0000, 0x10'0000, 0x800, 0x800);
    segment(file, 1, 0xc00, 0xffff'8000'0020'0000, 0x20'0000, 0x100, 0x3000);
    checksum2(file, 24);
    file.put(tags_place, std::uint16_t{0}).put(tags_place + 4, std::uint32_t{8});
    return file;
}

/// With one tag of `type` before the end tag, and `words` in it.
File with_tag(std::uint16_t type, std::uint16_t flags, const std::vector<std::uint32_t>& words) {
    File file = elf64();
    const auto size = static_cast<std::uint32_t>(8 + 4 * words.size());
    file.put(tags_place, type).put(tags_place + 2, flags).put(tags_place + 4, size);
    for (std::size_t n = 0; n < words.size(); ++n) file.put(tags_place + 8 + 4 * n, words[n]);
    const std::size_t end = tags_place + (size + 7) / 8 * 8;
    file.put(end, std::uint16_t{0}).put(end + 2, std::uint16_t{0}).put(end + 4, std::uint32_t{8});
    checksum2(file, static_cast<std::uint32_t>(end + 8 - header_place));
    return file;
}

}  // namespace

TEST_CASE("a 64-bit ELF with a Multiboot2 header is read", "[hv]") {
    MultibootKernel kernel{};
    const File file = elf64();
    REQUIRE_FALSE(kernel.read(file.bytes()));
    CHECK(kernel.version == Multiboot::version2);
    CHECK(kernel.entry == 0x10'0010);  // physical
    REQUIRE(kernel.all_segments().size() == 2);
    const Segment& second = kernel.all_segments()[1];
    CHECK((second.offset == 0xc00 && second.file_size == 0x100));
    CHECK((second.memory.begin == 0x20'0000 && second.memory.end == 0x20'3000));
}

TEST_CASE("a 32-bit ELF with a Multiboot header is read", "[hv]") {
    File file{0x1000};
    file.put(0, std::uint32_t{0x464c'457f}).put(4, std::uint8_t{1}).put(18, std::uint16_t{3});
    file.put(24, std::uint32_t{0x10'0020})
        .put(28, std::uint32_t{0x34})
        .put(42, std::uint16_t{32})
        .put(44, std::uint16_t{1});
    const std::uint32_t header[]{1, 0x400, 0x10'0000, 0x10'0000, 0x200, 0x400};
    for (std::size_t n = 0; n < std::size(header); ++n) file.put(0x34 + 4 * n, header[n]);
    const auto multiboot = [&](std::uint32_t flags) {
        file.put(0x404, std::uint32_t{0x1bad'b002})
            .put(0x408, flags)
            .put(0x40c, static_cast<std::uint32_t>(-(0x1bad'b002 + flags)));
    };
    multiboot(3);
    MultibootKernel kernel{};
    REQUIRE_FALSE(kernel.read(file.bytes()));
    CHECK(kernel.version == Multiboot::version1);
    CHECK(kernel.entry == 0x10'0020);
    multiboot(0x8);
    CHECK(file.refusal() == wants_unknown);
    multiboot(0x1'0000);
    CHECK(file.refusal() == not_elf);
    multiboot(3);
    file.put(0x40c, std::uint32_t{0});
    CHECK(file.refusal() == no_header);
}

TEST_CASE("files that are none", "[hv]") {
    CHECK(File{0}.refusal() == no_header);
    CHECK(File{100'000}.refusal() == no_header);
    CHECK(elf64().put(0, std::uint32_t{0}).refusal() == not_elf);
    CHECK(elf64().put(18, std::uint16_t{40}).refusal() == not_elf);  // ARM
    CHECK(elf64().put(header_place + 12, std::uint32_t{0}).refusal() == no_header);
    CHECK(elf64().cut(header_place + 15).refusal() == no_header);
    CHECK(elf64().cut(header_place + 20).refusal() == bad_header);
    for (const GuestRefusal refusal :
         {no_header, bad_header, wants_unknown, not_elf, bad_elf, too_many_segments, bad_entry, no_memory})
        CHECK_FALSE(sentence(refusal).empty());
}

TEST_CASE("tags of the Multiboot2 header", "[hv]") {
    CHECK_FALSE(with_tag(1, 0, {1, 3, 6, 8, 17}).refusal());
    CHECK(with_tag(1, 0, {1, 18}).refusal() == wants_unknown);
    CHECK(with_tag(1, 0, {9}).refusal() == wants_unknown);  // ELF symbols
    CHECK_FALSE(with_tag(1, 1, {18}).refusal());            // optional
    CHECK(with_tag(2, 0, {0, 0, 0, 0}).refusal() == not_elf);
    CHECK_FALSE(with_tag(5, 0, {1024, 768, 32}).refusal());
    CHECK(with_tag(7, 0, {}).refusal() == wants_unknown);  // EFI boot services
    CHECK_FALSE(with_tag(7, 1, {}).refusal());
    CHECK(with_tag(77, 0, {}).refusal() == wants_unknown);
    CHECK_FALSE(with_tag(77, 1, {}).refusal());
    CHECK(elf64().put(tags_place + 4, std::uint32_t{7}).refusal() == bad_header);
    CHECK(elf64().put(tags_place + 4, std::uint32_t{9}).refusal() == bad_header);
    File no_end = elf64();
    no_end.put(tags_place, std::uint16_t{4}).put(tags_place + 4, std::uint32_t{8});
    CHECK(no_end.refusal() == bad_header);
}

TEST_CASE("the entry address that a tag gives", "[hv]") {
    MultibootKernel kernel{};
    const File file = with_tag(3, 0, {0x20'2fff});
    REQUIRE_FALSE(kernel.read(file.bytes()));
    CHECK(kernel.entry == 0x20'2fff);
    // It is what counts: the ELF's own may be anywhere.
    CHECK_FALSE(with_tag(3, 0, {0x10'0000}).put(24, std::uint64_t{0}).refusal());
}

TEST_CASE("an ELF whose numbers make no sense", "[hv]") {
    CHECK(elf64().put(24, std::uint64_t{0x10'0010}).refusal() == bad_entry);
    CHECK(elf64().put(32, ~std::uint64_t{0}).refusal() == bad_elf);
    CHECK(elf64().put(32, std::uint64_t{0xff0}).refusal() == bad_elf);
    CHECK(elf64().put(56, std::uint16_t{0}).refusal() == bad_entry);
    CHECK(elf64().put(program_header(0, 8), ~std::uint64_t{0}).refusal() == bad_elf);  // offset
    CHECK(elf64().put(program_header(0, 32), std::uint64_t{0x801}).refusal() ==
          bad_elf);  // more in the file than in memory
    CHECK(elf64()
              .put(program_header(0, 32), std::uint64_t{0x10'0000})
              .put(program_header(0, 40), std::uint64_t{0x10'0000})
              .refusal() == bad_elf);
    CHECK(elf64().put(program_header(0, 24), std::uint64_t{0x1'0000'0000}).refusal() == bad_elf);
    CHECK(elf64().put(program_header(0, 40), ~std::uint64_t{0}).refusal() == bad_elf);
    CHECK_FALSE(elf64().put(program_header(1, 40), std::uint64_t{0}).refusal());  // nothing to load
    File many = elf64();
    for (std::size_t n = 0; n < 17; ++n) segment(many, n, 0, 0xffff'8000'0010'0000, 0x10'0000, 1, 0x1000);
    CHECK_FALSE(many.put(56, std::uint16_t{16}).refusal());
    CHECK(many.put(56, std::uint16_t{17}).refusal() == too_many_segments);
}

TEST_CASE("no damage is read past the end, and each file is taken or refused", "[hv]") {
    std::mt19937 random{20'261'128};
    for (int round = 0; round < 20'000; ++round) {
        File file = round % 2 == 0 ? elf64() : with_tag(1, 0, {1, 3, 6});
        for (unsigned k = random() % 4 + 1; k > 0; --k) {
            const std::size_t place = random() % 3 == 0 ? random() % 0x100 : header_place + random() % 64;
            file.put(place, static_cast<std::uint8_t>(random()));
        }
        if (random() % 4 == 0) file.cut(random() % 0x1000);
        // Memory of its own, so that a sanitizer sees what lies behind.
        const std::vector<std::byte> exact(file.bytes().begin(), file.bytes().end());
        MultibootKernel kernel{};
        if (!kernel.read(exact)) {
            for (const Segment& s : kernel.all_segments()) {
                REQUIRE(s.offset + s.file_size <= exact.size());
                REQUIRE(s.file_size <= s.memory.end - s.memory.begin);
                REQUIRE(s.memory.end <= std::uint64_t{4} << 30);
            }
        }
    }
}

}  // namespace vmxspec::hv_multiboot_kernel_test
