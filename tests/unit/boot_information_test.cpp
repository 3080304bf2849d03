// The Multiboot2 boot information: read, and refused when it is damaged.
#include "runtime/boot/boot_information.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstring>
#include <string>
#include <vector>

namespace vmxspec::boot_information_test {
namespace {

using namespace runtime;

/// Boot information as a Multiboot2 loader lays it out.
class Information {
public:
    void tag(std::uint32_t type, const std::string& body) {
        while (bytes_.size() % 8 != 0) bytes_ += '\0';
        bytes_ += number(type) + number(static_cast<std::uint32_t>(8 + body.size())) + body;
    }
    static std::string number(std::uint32_t value) {
        std::string text(4, '\0');
        std::memcpy(text.data(), &value, 4);
        return text;
    }
    static std::string wide(std::uint64_t value) {
        return number(static_cast<std::uint32_t>(value)) + number(static_cast<std::uint32_t>(value >> 32));
    }
    static std::string map(const std::vector<std::array<std::uint64_t, 3>>& rows) {
        std::string body = number(24) + number(0);
        for (const auto& [begin, size, type] : rows)
            body += wide(begin) + wide(size) + number(static_cast<std::uint32_t>(type)) + number(0);
        return body;
    }
    /// The memory, aligned as loaders align it.
    std::span<const std::byte> memory() {
        while (bytes_.size() % 8 != 0) bytes_ += '\0';
        const std::string total = number(static_cast<std::uint32_t>(bytes_.size()));
        bytes_.replace(0, 4, total);
        words_.assign(bytes_.size() / 8, 0);
        std::memcpy(words_.data(), bytes_.data(), bytes_.size());
        return std::as_bytes(std::span{words_});
    }

private:
    std::string bytes_ = std::string(8, '\0');
    std::vector<std::uint64_t> words_;
};

const std::string ram = Information::map({{0, 0x9f000, 1}, {0x9f000, 0x1000, 2}, {0x100000, 0x7f00000, 1}});

}  // namespace

TEST_CASE("a boot information is read", "[runtime]") {
    Information information;
    information.tag(1, std::string{"quiet\0", 6});
    information.tag(2, std::string{"GRUB 2\0", 7});
    information.tag(9, "a tag that nobody needs");
    information.tag(3, Information::number(0x200000) + Information::number(0x201000) + std::string{"l1.img arg\0", 11});
    information.tag(6, ram);
    information.tag(0, "");
    BootInformation read;
    const auto memory = information.memory();
    REQUIRE_FALSE(read.read(memory).has_value());
    CHECK(read.command_line() == "quiet");
    CHECK(read.loader_name() == "GRUB 2");
    CHECK_FALSE(read.has_efi());
    REQUIRE(read.modules().size() == 1);
    CHECK(read.modules()[0].region.begin == 0x200000);
    CHECK(read.modules()[0].region.end == 0x201000);
    CHECK(read.modules()[0].command_line == "l1.img arg");
    REQUIRE(read.usable().size() == 2);
    CHECK(read.usable()[1].begin == 0x100000);
    CHECK(read.usable()[1].end == 0x8000000);
    CHECK(read.region().end - read.region().begin == memory.size());
}

TEST_CASE("a damaged boot information is refused", "[runtime]") {
    const std::string module = Information::number(0x2000) + Information::number(0x3000) + std::string{"m\0", 2};
    struct Row {
        BootRefusal refusal;
        std::vector<std::pair<std::uint32_t, std::string>> tags;
    };
    std::vector<std::pair<std::uint32_t, std::string>> many(33, {3, module});
    const Row row = GENERATE_COPY(
        Row{BootRefusal::no_memory_map, {{0, ""}}}, Row{BootRefusal::truncated, {{6, ram}}},
        Row{BootRefusal::malformed_tag, {{1, "no end"}, {0, ""}}},
        Row{BootRefusal::malformed_module, {{3, "1234567"}, {0, ""}}},
        Row{BootRefusal::malformed_module,
            {{3, Information::number(2) + Information::number(1) + std::string(1, '\0')}, {0, ""}}},
        Row{BootRefusal::malformed_module, {{3, Information::number(1) + Information::number(2) + "m"}, {0, ""}}},
        Row{BootRefusal::malformed_memory_map, {{6, "1234567"}, {0, ""}}},
        Row{BootRefusal::malformed_memory_map, {{6, Information::number(16) + Information::number(0)}, {0, ""}}},
        Row{BootRefusal::malformed_memory_map, {{6, ram + "x"}, {0, ""}}},
        Row{BootRefusal::malformed_memory_map, {{6, Information::map({{~std::uint64_t{0}, 2, 1}})}, {0, ""}}},
        Row{BootRefusal::malformed_tag, {{2, "GRUB without an end"}, {0, ""}}},
        Row{BootRefusal::boot_services_running, {{6, ram}, {12, "12345678"}, {18, ""}, {0, ""}}},
        Row{BootRefusal::too_many_modules, many});
    Information information;
    for (const auto& [type, body] : row.tags) information.tag(type, body);
    BootInformation read;
    CHECK(read.read(information.memory()) == row.refusal);
    CHECK_FALSE(sentence(row.refusal).empty());
}

TEST_CASE("memory that ends, or begins, where it should not", "[runtime]") {
    Information information;
    information.tag(6, ram);
    information.tag(0, "");
    const auto memory = information.memory();
    BootInformation read;
    for (std::size_t size = 0; size < memory.size(); ++size)
        CHECK(read.read(memory.first(size)) == BootRefusal::truncated);
    CHECK(read.read(memory.subspan(4)) == BootRefusal::misaligned);
    CHECK_FALSE(read.read(memory).has_value());
}

TEST_CASE("a screen of pixels is taken if text can be drawn on it", "[runtime]") {
    struct Row {
        std::uint64_t address;
        std::uint32_t pitch, width, bits, type;
        bool drawable;
    };
    for (const Row& row : {
             Row{0x80000000, 4096, 1024, 32, 1, true},
             Row{0x40'0000'0000, 4096, 1024, 32, 1, true},  // beyond 4 GiB
             Row{0x80000000, 4096, 1000, 32, 1, true},
             Row{0x80000000, 3072, 1024, 24, 1, false},
             Row{0x80000000, 4096, 1024, 32, 0, false},  // a palette
             Row{0x80000000, 4088, 1024, 32, 1, false},  // a line that does not fit
             Row{0x80000000, 4100, 1024, 32, 1, false},
             Row{0x80000004, 4096, 1024, 32, 1, false},
             Row{0x80000000, 0, 0, 32, 1, false},
         }) {
        Information information;
        std::string body = Information::wide(row.address) + Information::number(row.pitch) +
                           Information::number(row.width) + Information::number(768) +
                           Information::number(row.bits | row.type << 8);
        body += std::string{"\x10\x08\x08\x08\x00\x08", 6};
        information.tag(8, body);
        information.tag(12, Information::wide(0x1000));
        information.tag(6, ram);
        information.tag(0, "");
        BootInformation boot;
        REQUIRE_FALSE(boot.read(information.memory()));
        INFO(row.address << " " << row.pitch << " " << row.width << " " << row.bits << " " << row.type);
        REQUIRE(boot.framebuffer().has_value() == row.drawable);
        CHECK_FALSE(boot.text_screen());
        CHECK(boot.has_efi());
        if (!row.drawable) continue;
        CHECK(raw(boot.framebuffer()->address) == row.address);
        CHECK(boot.framebuffer()->height == 768);
        CHECK(boot.framebuffer()->white == 0xffffff);
        CHECK(boot.framebuffer()->region().end == row.address + std::uint64_t{row.pitch} * 768);
    }
}

}  // namespace vmxspec::boot_information_test
