// A Linux bzImage as a guest: read, refused, placed; and what its kernel is told.
#include "hv/l1/linux_boot.hpp"
#include "hv/l1/linux_kernel.hpp"

#include <catch2/catch.hpp>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace vmxspec::hv_linux_test {
namespace {

using namespace hv;
using runtime::Region;

constexpr std::uint64_t mib = 1 << 20, gib = std::uint64_t{1} << 30;
constexpr std::size_t setup_size = 5 * 512;
constexpr Region nothing{0, 0};

/// A bzImage of protocol 2.15: 4 setup sectors, 4,096 bytes of kernel, 16 MiB of memory at 16 MiB or on other multiples
/// of 2 MiB.
class Image {
public:
    Image() {
        put<std::uint8_t>(0x1f1, 4);
        put<std::uint32_t>(0x1f4, 0x100);
        put<std::uint8_t>(0x201, 0x66);
        put<std::uint32_t>(0x202, 0x53726448);
        put<std::uint16_t>(0x206, 0x20f);
        put<std::uint8_t>(0x211, 1);
        put<std::uint32_t>(0x22c, 0x7fffffff);
        put<std::uint32_t>(0x230, 2 * mib);
        put<std::uint8_t>(0x234, 1);
        put<std::uint16_t>(0x236, 1);
        put<std::uint32_t>(0x238, 2047);
        put<std::uint64_t>(0x258, 16 * mib);
        put<std::uint32_t>(0x260, 16 * mib);
    }
    template <class T>
    Image& put(std::size_t at, T value) {
        std::memcpy(bytes_.data() + at, &value, sizeof value);
        return *this;
    }
    Image& resize(std::size_t size) {
        bytes_.resize(size);
        return *this;
    }
    std::span<const std::byte> file() const { return bytes_; }

private:
    std::vector<std::byte> bytes_{setup_size + 0x1000};
};

LinuxKernel read(const Image& image) {
    LinuxKernel kernel{};
    const auto refusal = kernel.read(image.file());
    INFO((refusal ? sentence(*refusal) : ""));
    REQUIRE_FALSE(refusal);
    return kernel;
}

MemoryMap map(std::initializer_list<MapEntry> entries) {
    MemoryMap all;
    for (const MapEntry& entry : entries) REQUIRE(all.add(entry, nothing));
    return all;
}

/// A boot information with a memory map and the tags of `more`.
class Information {
public:
    explicit Information(const std::vector<std::pair<std::uint32_t, std::string>>& more) {
        tag(6, number<std::uint32_t>(24) + number<std::uint32_t>(0));
        for (const auto& [type, body] : more) tag(type, body);
        tag(0, "");
        words_.resize(text_.size() / 8);
        const auto total = static_cast<std::uint32_t>(text_.size());
        std::memcpy(text_.data(), &total, 4);
        std::memcpy(words_.data(), text_.data(), text_.size());
        REQUIRE_FALSE(boot.read(std::as_bytes(std::span{words_})));
    }
    template <class T>
    static std::string number(T value) {
        std::string text(sizeof value, '\0');
        std::memcpy(text.data(), &value, sizeof value);
        return text;
    }
    runtime::BootInformation boot;

private:
    void tag(std::uint32_t type, const std::string& body) {
        text_ += number(type) + number(static_cast<std::uint32_t>(8 + body.size())) + body;
        text_.resize((text_.size() + 7) / 8 * 8);
    }
    std::string text_ = std::string(8, '\0');
    std::vector<std::uint64_t> words_;
};

/// The framebuffer tag: 1024x768, or text.
std::string screen(std::uint64_t address, std::uint8_t type) {
    const bool text = type == 2;
    return Information::number(address) + Information::number<std::uint32_t>(text ? 160 : 4096) +
           Information::number<std::uint32_t>(text ? 80 : 1024) + Information::number<std::uint32_t>(text ? 25 : 768) +
           std::string{"\x20", 1} + static_cast<char>(type) + std::string{"\0\0\x10\x08\x08\x08\x00\x08", 8};
}

struct Told {
    std::unique_ptr<LinuxPages> pages = std::make_unique<LinuxPages>();

    template <class T>
    T at(std::size_t offset) const {
        T value;
        std::memcpy(&value, pages->zero_page.data() + offset, sizeof value);
        return value;
    }
};

constexpr std::uint64_t address = 0x3000'0000;

Told tell(const Image& image, const MemoryMap& memory, const Information& information, bool bits64) {
    Told told;
    const LinuxKernel kernel = read(image);
    write_linux_pages(*told.pages, address, kernel,
                      {{16 * mib, 32 * mib}, {0x2000'0000, 0x2000'1234}, 0x7000, &memory, &information.boot}, bits64);
    return told;
}

MemoryMap small() { return map({{{0, 0x9f000}, 1}, {{0x9f000, 0xa0000}, 2}, {{mib, 512 * mib}, 1}}); }

}  // namespace

TEST_CASE("a bzImage is read", "[hv]") {
    const Image image;
    REQUIRE(LinuxKernel::recognises(image.file()));
    const LinuxKernel kernel = read(image);
    CHECK(kernel.header.data() == image.file().data() + 0x1f1);
    CHECK(kernel.header.size() == 0x268 - 0x1f1);
    CHECK(kernel.offset == setup_size);
    CHECK(kernel.file_size == 0x1000);
    CHECK(kernel.memory_size == 16 * mib);
    CHECK(kernel.initrd_end == 0x8000'0000);
    CHECK(kernel.longest_command_line == 2047);
    CHECK(kernel.has_64_bit_entry);
    CHECK(read(Image{}.put<std::uint8_t>(0x1f1, 0)).offset == setup_size);  // 0 sectors are 4
    CHECK_FALSE(read(Image{}.put<std::uint16_t>(0x236, 0)).has_64_bit_entry);
    CHECK(read(Image{}.put<std::uint8_t>(0x234, 0)).alignment == 0);
    CHECK(read(Image{}.put<std::uint32_t>(0x260, 1)).memory_size == 0x1000);  // no less than what is loaded
    CHECK_FALSE(LinuxKernel::recognises(Image{}.put<std::uint32_t>(0x202, 0).file()));
    CHECK_FALSE(LinuxKernel::recognises(image.file().first(0x203)));
}

TEST_CASE("a file that is no bzImage, or a damaged one", "[hv]") {
    struct Row {
        LinuxRefusal refusal;
        Image image;
    };
    const Row row = GENERATE(Row{LinuxRefusal::too_old, Image{}.put<std::uint16_t>(0x206, 0x209)},
                             Row{LinuxRefusal::not_high, Image{}.put<std::uint8_t>(0x211, 0xfe)},
                             Row{LinuxRefusal::truncated, Image{}.resize(setup_size + 0xfff)},
                             Row{LinuxRefusal::truncated, Image{}.put<std::uint32_t>(0x1f4, 0xffff'ffff)},
                             Row{LinuxRefusal::truncated, Image{}.put<std::uint8_t>(0x1f1, 255)},
                             Row{LinuxRefusal::bad_header, Image{}.put<std::uint32_t>(0x1f4, 0)},
                             Row{LinuxRefusal::bad_header, Image{}.put<std::uint8_t>(0x201, 0x61)},
                             Row{LinuxRefusal::bad_header, Image{}.put<std::uint8_t>(0x201, 0x8f)},
                             Row{LinuxRefusal::bad_header, Image{}.put<std::uint32_t>(0x230, 0)},
                             Row{LinuxRefusal::bad_header, Image{}.put<std::uint32_t>(0x230, 3 * mib)});
    LinuxKernel kernel{};
    CHECK(kernel.read(row.image.file()) == row.refusal);
    CHECK_FALSE(sentence(row.refusal).empty());
}

TEST_CASE("no cut of a file is taken, and none is read beyond its end", "[hv]") {
    const Image image;
    for (std::size_t size = 0; size < image.file().size(); ++size) {
        const auto cut = std::make_unique<std::byte[]>(size);  // so that a sanitizer sees where it ends
        std::memcpy(cut.get(), image.file().data(), size);
        LinuxKernel kernel{};
        CHECK(kernel.read({cut.get(), size}).has_value());
    }
}

TEST_CASE("a kernel goes where it wants to be, or to the lowest place where it may be", "[hv]") {
    struct Row {
        MemoryMap memory;
        std::uint64_t relocated, fixed;  // 0: nowhere
    };
    for (const Row& row : {
             Row{small(), 16 * mib, 16 * mib},
             Row{map({{{mib, 20 * mib}, 1}, {{20 * mib, 256 * mib}, 1}}), 16 * mib, 16 * mib},
             Row{map({{{mib, 24 * mib}, 1}}), 2 * mib, 0},
             Row{map({{{mib, 17 * mib}, 1}, {{100 * mib, 200 * mib}, 1}, {{40 * mib + 1, 90 * mib}, 1}}), 42 * mib, 0},
             Row{map({{{mib, 17 * mib}, 1}}), 0, 0},
             Row{map({{{4 * gib - 16 * mib, 5 * gib}, 1}}), 4 * gib - 16 * mib, 0},
             Row{map({{{4 * gib - 15 * mib, 5 * gib}, 1}}), 0, 0},
             Row{map({{{0, 512 * mib}, 2}}), 0, 0},
         }) {
        const auto moved = read(Image{}).place(row.memory);
        const auto fixed = read(Image{}.put<std::uint8_t>(0x234, 0)).place(row.memory);
        CHECK((moved ? moved->begin : 0) == row.relocated);
        CHECK((fixed ? fixed->begin : 0) == row.fixed);
        if (moved) CHECK(moved->end - moved->begin == 16 * mib);
    }
    // Below 1 MiB there is what firmware and boot loader have left.
    CHECK(read(Image{}.put<std::uint64_t>(0x258, 0)).place(map({{{0, 64 * mib}, 1}}))->begin == 2 * mib);
}

TEST_CASE("the zero page has the kernel's own header, and what the boot loader adds", "[hv]") {
    const Image image;
    const Told told = tell(image, small(), Information{{}}, false);
    CHECK(told.at<std::uint32_t>(0x202) == 0x53726448);
    CHECK(told.at<std::uint32_t>(0x260) == 16 * mib);
    CHECK(told.at<std::uint8_t>(0x210) == 0xff);
    CHECK(told.at<std::uint32_t>(0x214) == 16 * mib);
    CHECK(told.at<std::uint32_t>(0x218) == 0x2000'0000);
    CHECK(told.at<std::uint32_t>(0x21c) == 0x1234);
    CHECK(told.at<std::uint32_t>(0x228) == address + sizeof(LinuxPages));
    CHECK(told.at<std::uint64_t>(0x70) == 0x7000);
    CHECK(told.at<std::uint64_t>(0x250) == 0);
    CHECK(told.at<std::uint8_t>(0x1ef) == 0);  // else the kernel takes the page for the file's beginning
    CHECK(told.at<std::uint8_t>(0x1e8) == 3);
    CHECK(told.at<std::uint64_t>(0x2d0 + 20) == 0x9f000);
    CHECK(told.at<std::uint64_t>(0x2d0 + 28) == 0x1000);
    CHECK(told.at<std::uint32_t>(0x2d0 + 36) == 2);
    CHECK(told.at<std::uint32_t>(0x2d0 + 60) == 0);
    CHECK(told.pages->gdt[2] == 0x00cf'9b00'0000'ffff);
    CHECK(told.pages->gdt[3] == 0x00cf'9300'0000'ffff);
}

TEST_CASE("a memory map that is longer than the zero page goes on in the list of setup_data", "[hv]") {
    MemoryMap memory;
    for (std::uint64_t n = 0; n < MemoryMap::most; ++n) REQUIRE(memory.add({{n * mib, n * mib + 0x1000}, 1}, nothing));
    const Told told = tell(Image{}, memory, Information{{}}, false);
    CHECK(told.at<std::uint8_t>(0x1e8) == 128);
    CHECK(told.at<std::uint64_t>(0x2d0 + 127 * 20) == 127 * mib);
    CHECK(told.at<std::uint64_t>(0x250) == address + offsetof(LinuxPages, more_memory));
    const auto& more = told.pages->more_memory;
    CHECK(more.next == 0);
    CHECK(more.type == 1);
    CHECK(more.size == 128 * 20);
    std::uint64_t first = 0, last = 0;
    std::memcpy(&first, more.entries.data(), 8);
    std::memcpy(&last, more.entries.data() + 127 * 20, 8);
    CHECK(first == 128 * mib);
    CHECK(last == 255 * mib);
    // The node begins as the kernel reads it: next, type, size, data.
    CHECK(reinterpret_cast<const std::byte*>(more.entries.data()) -
              reinterpret_cast<const std::byte*>(&told.pages->more_memory) ==
          16);
}

TEST_CASE("64-bit mode begins with the first 4 GiB mapped to themselves", "[hv]") {
    const Told told = tell(Image{}, small(), Information{{}}, true);
    const auto& map = told.pages->identity_map;
    const std::uint64_t first = address + offsetof(LinuxPages, identity_map);
    CHECK(first % 4096 == 0);
    CHECK(map[0][0] == first + 0x1000 + 3);
    CHECK(map[0][1] == 0);
    for (std::uint64_t n = 0; n < 4; ++n) CHECK(map[1][n] == first + (2 + n) * 0x1000 + 3);
    CHECK(map[1][4] == 0);
    CHECK(map[2][0] == 0x83);
    CHECK(map[5][511] == 4 * gib - 2 * mib + 0x83);
    CHECK(told.pages->gdt[2] == 0x00af'9b00'0000'ffff);
}

TEST_CASE("the kernel gets the screen as the boot loader left it", "[hv]") {
    const auto told = [](const std::vector<std::pair<std::uint32_t, std::string>>& tags) {
        return tell(Image{}, small(), Information{tags}, false);
    };
    constexpr std::size_t type = 0x0f, base = 0x18, size = 0x1c, pitch = 0x24, base_high = 0x3a, capabilities = 0x36;
    const std::string efi(8, '\0');

    const Told text = told({{8, screen(0xb8000, 2)}});
    CHECK(text.at<std::uint8_t>(type) == 1);
    CHECK(text.at<std::uint8_t>(0x01) == 24);
    CHECK(text.at<std::uint8_t>(0x07) == 80);
    CHECK(text.at<std::uint8_t>(0x0e) == 25);
    CHECK(told({}).at<std::uint8_t>(type) == 1);  // a BIOS' text screen
    CHECK(told({{12, efi}}).at<std::uint8_t>(type) == 0);

    const Told vesa = told({{8, screen(0x8000'0000, 1)}});
    CHECK(vesa.at<std::uint8_t>(type) == 0x23);
    CHECK(vesa.at<std::uint32_t>(size) == 4096 * 768 / 0x10000);
    CHECK(vesa.at<std::uint16_t>(pitch) == 4096);
    CHECK(vesa.at<std::uint16_t>(0x12) == 1024);
    CHECK(vesa.at<std::uint16_t>(0x14) == 768);
    CHECK(vesa.at<std::uint16_t>(0x16) == 32);
    CHECK(vesa.at<std::uint64_t>(0x26) == 0x1808'0008'0808'1008);  // size and place: red, green, blue, the rest
    CHECK(vesa.at<std::uint32_t>(capabilities) == 0);

    const Told gop = told({{12, efi}, {8, screen(0x40'8000'0000, 1)}});
    CHECK(gop.at<std::uint8_t>(type) == 0x70);
    CHECK(gop.at<std::uint32_t>(base) == 0x8000'0000);
    CHECK(gop.at<std::uint32_t>(base_high) == 0x40);
    CHECK(gop.at<std::uint32_t>(capabilities) == 2);
    CHECK(gop.at<std::uint32_t>(size) == 4096 * 768);
}

TEST_CASE("a page is set aside in the memory map", "[hv]") {
    MemoryMap memory = small();
    REQUIRE(memory.change({0x1000'0000, 0x1000'1000}, map_reclaimable));
    CHECK(memory.entries().size() == 5);
    CHECK_FALSE(memory.available({0x1000'0000, 0x1000'1000}));
    CHECK(memory.available({mib, 0x1000'0000}));
    CHECK(memory.available({0x1000'1000, 512 * mib}));
    CHECK(memory.available_size() == 0x9f000 + 511 * mib - 0x1000);
    REQUIRE(memory.change({mib, mib + 0x1000}, map_reclaimable));  // from an entry's begin, and to its end
    REQUIRE(memory.change({512 * mib - 0x1000, 512 * mib}, map_reclaimable));
    CHECK_FALSE(memory.change({0x9f000, 0xa0000}, map_reclaimable));
    CHECK(memory.available_size() == 0x9f000 + 511 * mib - 0x3000);
    Placement placement{memory, 4 * gib};
    CHECK(placement.place(0x1000, 0x1000'0000) == 0x1000'0000 - 0x1000);
    CHECK(placement.place(0x1000, 0x1000'0001) == 0x1000'0000 - 0x2000);
}

}  // namespace vmxspec::hv_linux_test
