// The boot information that a guest is given: read back by the runtime's own reader, and field by field for Multiboot.
#include "hv/l1/multiboot_information.hpp"

#include <catch2/catch.hpp>

#include <cstring>
#include <string>
#include <vector>

namespace vmxspec::hv_multiboot_information_test {
namespace {

using namespace hv;

/// The hypervisor's own boot information: what the boot loader told, with tags of the firmware.
struct Machine {
    Machine() {
        std::string bytes(8, '\0');
        const auto tag = [&](std::uint32_t type, const std::string& body) {
            while (bytes.size() % 8 != 0) bytes += '\0';
            const std::uint32_t head[]{type, static_cast<std::uint32_t>(8 + body.size())};
            bytes.append(reinterpret_cast<const char*>(head), sizeof head);
            bytes += body;
        };
        const std::uint32_t map[]{24, 0, 0, 0, 0x9'f000, 0, 1, 0};
        tag(6, {reinterpret_cast<const char*>(map), sizeof map});
        tag(1, std::string{"log=info\0", 9});
        tag(12, "EFI table");
        tag(14, "old RSDP");
        tag(15, "the new RSDP, longer");
        tag(17, "EFI memory map");
        tag(0, "");
        const auto total = static_cast<std::uint32_t>(bytes.size());
        std::memcpy(bytes.data(), &total, 4);
        words.resize((bytes.size() + 7) / 8);
        std::memcpy(words.data(), bytes.data(), bytes.size());
        REQUIRE_FALSE(boot.read(std::as_bytes(std::span{words})));
    }
    std::vector<std::uint64_t> words;
    runtime::BootInformation boot;
};

struct Fixture {
    Fixture() {
        constexpr runtime::Region hidden{0x40'0000, 0x60'0000};
        REQUIRE(memory.add({{0, 0x9'f000}, map_available}, hidden));
        REQUIRE(memory.add({{0xf'0000, 0x10'0000}, map_reserved}, hidden));
        REQUIRE(memory.add({{0x10'0000, 0x80'0000}, map_available}, hidden));
    }
    [[nodiscard]] GuestBoot told() const { return {"root=1 quiet", modules, &memory, &machine.boot}; }

    Machine machine;
    MemoryMap memory;
    std::array<runtime::Module, 2> modules{{{{0x20'0000, 0x20'0123}, "first a=b"}, {{0x21'0000, 0x21'0000}, ""}}};
};

std::uint32_t word(std::span<const std::byte> bytes, std::size_t offset) {
    std::uint32_t value = 0;
    REQUIRE(offset + 4 <= bytes.size());
    std::memcpy(&value, bytes.data() + offset, 4);
    return value;
}

std::string text(std::span<const std::byte> bytes, std::size_t offset) {
    REQUIRE(offset < bytes.size());
    return std::string{reinterpret_cast<const char*>(bytes.data()) + offset};
}

}  // namespace

TEST_CASE("Multiboot2: the guest reads what it is told, without EFI's tags", "[hv]") {
    const Fixture fixture;
    Writer counter{{}};
    write_multiboot2(counter, fixture.told());
    CHECK_FALSE(counter.fits());
    std::vector<std::uint64_t> words((counter.size() + 7) / 8);
    Writer writer{std::as_writable_bytes(std::span{words}).first(counter.size())};
    write_multiboot2(writer, fixture.told());
    REQUIRE(writer.fits());
    CHECK(writer.size() == counter.size());

    runtime::BootInformation guest;
    REQUIRE_FALSE(guest.read(std::as_bytes(std::span{words})));
    CHECK(guest.command_line() == "root=1 quiet");
    CHECK(guest.loader_name() == "vmxspec");
    REQUIRE(guest.modules().size() == 2);
    CHECK(guest.modules()[0].command_line == "first a=b");
    CHECK((guest.modules()[0].region.begin == 0x20'0000 && guest.modules()[0].region.end == 0x20'0123));
    CHECK(guest.modules()[1].command_line.empty());
    std::vector<std::array<std::uint64_t, 3>> map;
    guest.each_memory_map_entry([&](runtime::Region r, std::uint32_t type) { map.push_back({r.begin, r.end, type}); });
    CHECK(map == std::vector<std::array<std::uint64_t, 3>>{{0, 0x9'f000, 1},
                                                           {0xf'0000, 0x10'0000, 2},
                                                           {0x10'0000, 0x40'0000, 1},
                                                           {0x40'0000, 0x60'0000, 2},
                                                           {0x60'0000, 0x80'0000, 1}});
    CHECK_FALSE(guest.has_efi());
    std::vector<std::uint32_t> types;
    guest.each_tag([&](std::uint32_t type, std::span<const std::byte> whole) {
        types.push_back(type);
        if (type == 4) {
            CHECK(word(whole, 8) == 0x9'f000 / 1024);
            CHECK(word(whole, 12) == 0x30'0000 / 1024);  // up to the hypervisor
        }
        if (type == 15) CHECK(text(whole, 8) == "the new RSDP, longer");
    });
    CHECK(types == std::vector<std::uint32_t>{1, 2, 3, 3, 4, 6, 14, 15});
}

TEST_CASE("Multiboot: addresses lead to what they should", "[hv]") {
    const Fixture fixture;
    constexpr std::uint32_t address = 0x1234'5000;
    Writer counter{{}};
    write_multiboot1(counter, fixture.told(), address);
    std::vector<std::byte> bytes(counter.size());
    Writer writer{bytes};
    write_multiboot1(writer, fixture.told(), address);
    REQUIRE(writer.fits());
    CHECK((word(bytes, 0) & 0x24d) == 0x24d);
    CHECK(word(bytes, 4) == 0x9'f000 / 1024);
    CHECK(word(bytes, 8) == 0x30'0000 / 1024);
    CHECK(text(bytes, word(bytes, 16) - address) == "root=1 quiet");
    CHECK(text(bytes, word(bytes, 64) - address) == "vmxspec");
    REQUIRE(word(bytes, 20) == 2);
    const std::size_t modules = word(bytes, 24) - address;
    CHECK(word(bytes, modules) == 0x20'0000);
    CHECK(word(bytes, modules + 4) == 0x20'0123);
    CHECK(text(bytes, word(bytes, modules + 8) - address) == "first a=b");
    CHECK(text(bytes, word(bytes, modules + 24) - address).empty());
    std::size_t entry = word(bytes, 48) - address;
    const std::size_t map_end = entry + word(bytes, 44);
    CHECK(map_end == bytes.size());
    std::vector<std::uint32_t> begins;
    while (entry < map_end) {
        begins.push_back(word(bytes, entry + 4));
        entry += word(bytes, entry) + 4;
    }
    CHECK(begins == std::vector<std::uint32_t>{0, 0xf'0000, 0x10'0000, 0x40'0000, 0x60'0000});
}

TEST_CASE("nothing is written beyond the end", "[hv]") {
    const Fixture fixture;
    Writer counter{{}};
    write_multiboot1(counter, fixture.told(), 0);
    for (std::size_t size = 0; size < counter.size(); ++size) {
        std::vector<std::byte> bytes(size);  // a sanitizer sees a write behind it
        Writer writer{bytes};
        write_multiboot1(writer, fixture.told(), 0);
        REQUIRE_FALSE(writer.fits());
        REQUIRE(writer.size() == counter.size());
    }
}

}  // namespace vmxspec::hv_multiboot_information_test
