#include "runtime/boot/acpi.hpp"

#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <vector>

namespace vmxspec::acpi_test {
namespace {

using namespace runtime;

/// A machine's memory from 400H to 100000H.
class Memory {
public:
    static constexpr std::uint64_t begin = 0x400, end = 0x100000;

    [[nodiscard]] ReadableMemory readable() const { return {begin, bytes_}; }
    [[nodiscard]] std::span<const std::byte> at(std::uint64_t address, std::uint64_t size) const {
        return readable().at(address, size);
    }

    template <class T>
    void put(std::uint64_t address, T value) {
        std::memcpy(bytes_.data() + (address - begin), &value, sizeof value);
    }
    void put(std::uint64_t address, std::string_view text) {
        std::memcpy(bytes_.data() + (address - begin), text.data(), text.size());
    }

    /// Makes the bytes of a region add up to 0.
    void sum(std::uint64_t address, std::uint64_t size, std::uint64_t checksum) {
        put(checksum, std::uint8_t{0});
        unsigned total = 0;
        for (const std::byte byte : at(address, size)) {
            total += static_cast<unsigned>(byte);
        }
        put(checksum, static_cast<std::uint8_t>(-total));
    }

    /// A table of that size; what lies behind its header stays.
    void table(std::uint64_t address, std::string_view signature, std::uint32_t size) {
        put(address, signature);
        put(address + 4, size);
        sum(address, size, address + 9);
    }

    void rsdp(std::uint64_t address, std::uint32_t rsdt, std::uint64_t xsdt) {
        put(address, std::string_view{"RSD PTR "});
        put(address + 15, std::uint8_t{2});
        put(address + 16, rsdt);
        sum(address, 20, address + 8);
        put(address + 20, std::uint32_t{36});
        put(address + 24, xsdt);
        sum(address, 36, address + 32);
    }

private:
    std::vector<std::byte> bytes_ = std::vector<std::byte>(end - begin);
};

constexpr std::uint64_t rsdp_place = 0xf5a20, xsdt_place = 0x80000, rsdt_place = 0x80100, madt_place = 0x80201;

/// XSDT and RSDT lead to a table that is none, to one of another kind, and to a MADT of two processors.
Memory usual() {
    Memory memory;
    memory.put(madt_place + 44,
               std::to_array<std::uint8_t>({0, 8, 0, 4,  1, 0, 0,    0,    1,    12,   2, 0, 0, 0, 0, 0, 0, 0,
                                            0, 0, 9, 16, 0, 0, 0x78, 0x56, 0x34, 0x12, 2, 0, 0, 0, 0, 0, 0, 0}));
    memory.table(madt_place, "APIC", 80);
    memory.table(0x80400, "FACP", 40);
    memory.put(xsdt_place + 36, std::to_array<std::uint64_t>({~std::uint64_t{0}, 0x80400, madt_place}));
    memory.table(xsdt_place, "XSDT", 60);
    memory.put(rsdt_place + 36, std::to_array<std::uint32_t>({0, 0x80400, std::uint32_t{madt_place}}));
    memory.table(rsdt_place, "RSDT", 48);
    memory.rsdp(rsdp_place, rsdt_place, xsdt_place);
    return memory;
}

std::size_t madt_size(const Memory& memory) {
    return find_acpi_table(memory.readable(), find_rsdp(memory.readable()), "APIC").size();
}

std::vector<LocalApicEntry> all(std::span<const std::byte> madt) {
    LocalApicEntries entries{madt};
    std::vector<LocalApicEntry> found;
    LocalApicEntry entry{};
    while (entries.next(entry)) {
        found.push_back(entry);
    }
    return found;
}

TEST_CASE("the RSDP is found in the BIOS area and in the EBDA, on 16 bytes", "[runtime]") {
    Memory memory = usual();
    CHECK(find_rsdp(memory.readable()).size() == 36);
    memory.put(rsdp_place + 10, std::uint8_t{1});
    CHECK(find_rsdp(memory.readable()).empty());  // its sum is wrong now

    memory.rsdp(0x9fc08, rsdt_place, xsdt_place);
    memory.put(0x40e, std::uint16_t{0x9fc0});
    CHECK(find_rsdp(memory.readable()).empty());  // between two paragraphs
    memory.rsdp(0x9fc10, rsdt_place, xsdt_place);
    CHECK(find_rsdp(memory.readable()).data() == memory.at(0x9fc10, 36).data());
    memory.put(0x40e, std::uint16_t{0});
    CHECK(find_rsdp(memory.readable()).empty());
}

TEST_CASE("an RSDP at the end of memory is as long as memory is", "[runtime]") {
    Memory memory = usual();
    memory.put(rsdp_place, std::uint64_t{0});
    memory.rsdp(Memory::end - 48, rsdt_place, 0);
    const auto cut = memory.at(Memory::begin, Memory::end - 16 - Memory::begin);
    CHECK(find_rsdp({Memory::begin, cut.first(cut.size() - 8)}).size() == 20);
    CHECK(find_rsdp({Memory::begin, cut.first(cut.size() - 13)}).empty());
}

TEST_CASE("a table is found by the XSDT, or by the RSDT if that is no good", "[runtime]") {
    Memory memory = usual();
    CHECK(madt_size(memory) == 80);
    memory.put(rsdt_place, std::string_view{"FOUL"});
    CHECK(madt_size(memory) == 80);
    memory = usual();
    memory.put(xsdt_place + 10, std::uint8_t{77});  // a wrong sum
    CHECK(madt_size(memory) == 80);
    memory.put(rsdt_place, std::string_view{"FOUL"});
    CHECK(madt_size(memory) == 0);

    memory = usual();
    memory.put(rsdp_place + 15, std::uint8_t{0});  // ACPI 1.0: no XSDT
    memory.sum(rsdp_place, 20, rsdp_place + 8);
    memory.put(xsdt_place, std::string_view{"FOUL"});
    CHECK(madt_size(memory) == 80);
    CHECK(find_acpi_table(memory.readable(), memory.at(rsdp_place, 20), "APIC").size() == 80);
    CHECK(find_acpi_table(memory.readable(), memory.at(rsdp_place, 19), "APIC").empty());
    CHECK(find_acpi_table(memory.readable(), {}, "APIC").empty());
}

TEST_CASE("a table whose length or sum is wrong is none", "[runtime]") {
    Memory memory = usual();
    const std::uint32_t length = GENERATE(0U, 35U, 79U, 81U, 0xffff'ffffU);
    memory.put(madt_place + 4, length);
    CHECK(madt_size(memory) == 0);
}

TEST_CASE("root tables that lead to themselves or out of memory end", "[runtime]") {
    Memory memory = usual();
    memory.put(xsdt_place + 36, std::to_array<std::uint64_t>({xsdt_place, Memory::end - 10, 0}));
    memory.table(xsdt_place, "XSDT", 60);
    CHECK(madt_size(memory) == 0);
    CHECK(find_acpi_table(memory.readable(), find_rsdp(memory.readable()), "XSDT").size() == 60);
    memory.rsdp(rsdp_place, std::uint32_t{rsdp_place}, rsdp_place);
    CHECK(madt_size(memory) == 0);
}

TEST_CASE("the MADT's processors are those of types 0 and 9", "[runtime]") {
    const Memory memory = usual();
    const auto found = all(find_acpi_table(memory.readable(), find_rsdp(memory.readable()), "APIC"));
    REQUIRE(found.size() == 2);
    CHECK(found[0].id == 4);
    CHECK(found[0].enabled);
    CHECK(found[1].id == 0x1234'5678);
    CHECK_FALSE(found[1].enabled);  // "online capable" only
}

TEST_CASE("a MADT's entry that is cut off, empty or too short is no processor", "[runtime]") {
    Memory memory = usual();
    CHECK(all({}).empty());
    CHECK(all(memory.at(madt_place, 44)).empty());
    CHECK(all(memory.at(madt_place, 51)).empty());
    CHECK(all(memory.at(madt_place, 52)).size() == 1);
    CHECK(all(memory.at(madt_place, 79)).size() == 1);
    memory.put(madt_place + 53, std::uint8_t{0});  // an entry of no length leads nowhere
    CHECK(all(memory.at(madt_place, 80)).size() == 1);
    memory.put(madt_place + 45, std::uint8_t{1});
    CHECK(all(memory.at(madt_place, 80)).empty());
    memory = usual();
    memory.put(madt_place + 45, std::uint8_t{4});  // type 0, too short; then the entry at its end, of type 1
    CHECK(all(memory.at(madt_place, 80)).empty());
}

TEST_CASE("memory that may not be read is none", "[runtime]") {
    const Memory memory;
    CHECK(memory.at(Memory::begin, 0x10).size() == 0x10);
    CHECK(memory.at(Memory::begin - 1, 1).empty());
    CHECK(memory.at(Memory::end - 1, 1).size() == 1);
    CHECK(memory.at(Memory::end - 1, 2).empty());
    CHECK(memory.at(Memory::end, 1).empty());
    CHECK(memory.at(~std::uint64_t{0}, 2).empty());
    CHECK(memory.at(Memory::begin, ~std::uint64_t{0}).empty());
}

}  // namespace
}  // namespace vmxspec::acpi_test
