// The runtime's headers that also compile hosted, unchanged, with a recorded device in place of the ports.
#include "runtime/boot/boot_information.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "runtime/io/debug_port.hpp"
#include "runtime/io/format.hpp"
#include "runtime/io/serial_port.hpp"
#include "runtime/memory/page_allocator.hpp"

#include <catch2/catch.hpp>

#include <cstring>
#include <string>
#include <vector>

namespace vmxspec::runtime_test {
namespace {

using namespace runtime;

/// A 16550 at COM1 with a FIFO of 16; what is sent while there is no room is lost, as on hardware.
struct Uart {
    static inline std::string sent;
    static inline std::vector<std::pair<std::uint16_t, std::uint8_t>> writes;
    static inline bool present = true;
    static inline bool stuck = false;
    static inline bool fifo = true;
    static inline unsigned polls = 0;
    static inline unsigned room = 0;
    static inline std::uint8_t line_control = 0;
    static inline std::uint8_t scratch = 0;

    static void reset(bool is_present, bool is_stuck, bool has_fifo) {
        sent.clear();
        writes.clear();
        present = is_present;
        stuck = is_stuck;
        fifo = has_fifo;
        polls = 0;
        room = 0;
        line_control = 0;
    }
    static std::uint8_t in8(std::uint16_t port) {
        if (!present) return 0xff;
        switch (port - com1) {
            case 2: return fifo ? 0xc1 : 0x01;
            case 5:
                ++polls;
                if (stuck) return 0;
                room = fifo ? 16 : 1;
                return 0x60;
            case 7: return scratch;
            default: return 0;
        }
    }
    static void out8(std::uint16_t port, std::uint8_t value) {
        writes.emplace_back(port, value);
        if (port == com1 + 3) line_control = value;
        if (port == com1 + 7) scratch = value;
        if (port != com1 || (line_control & 0x80) != 0 || room == 0) return;
        --room;
        sent += static_cast<char>(value);
    }
};

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
        for (const auto& [begin, size, type] : rows) body += wide(begin) + wide(size) + number(static_cast<std::uint32_t>(type)) + number(0);
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

struct Text {
    std::string text;
    void write(std::string_view part) { text += part; }
};

}  // namespace

TEST_CASE("numbers as text", "[runtime]") {
    CHECK(Hex{0}.text() == "0");
    CHECK(Hex{0xd01}.text() == "d01");
    CHECK(Hex{0x801, 16}.text() == "0000000000000801");
    CHECK(Hex{~std::uint64_t{0}}.text() == "ffffffffffffffff");
    CHECK(Hex{1, 20}.text() == "0000000000000001");
    CHECK(Decimal{0}.text() == "0");
    CHECK(Decimal{80000022}.text() == "80000022");
    CHECK(Decimal{~std::uint64_t{0}}.text() == "18446744073709551615");
    static_assert(Hex{0xabc, 4}.text() == "0abc");
    Text text;
    print(text, "exit ", Hex{0x80000022}, " ", Decimal{1}, "\n");
    CHECK(text.text == "exit 80000022 1\n");
}

TEST_CASE("a serial port sends everything, in bursts of its FIFO", "[runtime]") {
    const bool fifo = GENERATE(true, false);
    Uart::reset(true, false, fifo);
    SerialPort<Uart> port{com1};
    REQUIRE(port.initialise());
    const std::string message(100, 'x');
    port.write(message + "\n");
    port.drain();
    CHECK(Uart::sent == message + "\n");
    CHECK(Uart::polls <= (fifo ? 8U : 102U));
}

TEST_CASE("a serial port is set to 115,200 baud, 8 data bits, no interrupts", "[runtime]") {
    Uart::reset(true, false, true);
    SerialPort<Uart> port{com1};
    REQUIRE(port.initialise());
    CHECK(Uart::line_control == 0x03);
    bool latched = false;
    std::uint8_t low = 0xff;
    std::uint8_t high = 0xff;
    std::uint8_t interrupts = 0xff;
    for (const auto& [address, value] : Uart::writes) {
        if (address == com1 + 3) latched = (value & 0x80) != 0;
        if (address == com1) low = latched ? value : low;
        if (address == com1 + 1) (latched ? high : interrupts) = value;
    }
    CHECK(low == 1);
    CHECK(high == 0);
    CHECK(interrupts == 0);
}

TEST_CASE("a missing or stuck serial port costs a bounded time, once", "[runtime]") {
    Uart::reset(false, false, true);
    SerialPort<Uart> missing{com1};
    CHECK_FALSE(missing.initialise());
    const std::size_t before = Uart::writes.size();
    missing.write("text");
    missing.drain();
    CHECK(Uart::writes.size() == before);

    Uart::reset(true, true, true);
    SerialPort<Uart> stuck{com1};
    REQUIRE(stuck.initialise());
    stuck.write("text");
    const unsigned polls = Uart::polls;
    CHECK(polls <= 500'000);
    CHECK_FALSE(stuck.present());
    stuck.write("more text");
    CHECK(Uart::polls == polls);
}

TEST_CASE("port E9H is used where an emulator answers", "[runtime]") {
    struct Emulator {
        static std::uint8_t in8(std::uint16_t port) { return port == 0xe9 ? 0xe9 : 0xff; }
        static void out8(std::uint16_t port, std::uint8_t value) { text() += port == 0xe9 ? static_cast<char>(value) : '?'; }
        static std::string& text() {
            static std::string all;
            return all;
        }
    };
    struct Hardware {
        static std::uint8_t in8(std::uint16_t) { return 0xff; }
        static void out8(std::uint16_t, std::uint8_t) { FAIL("nothing may be written"); }
    };
    DebugPort<Emulator> there;
    there.write("not yet");
    CHECK(there.initialise());
    there.write("hello");
    CHECK(Emulator::text() == "hello");
    DebugPort<Hardware> absent;
    CHECK_FALSE(absent.initialise());
    absent.write("hello");
}

TEST_CASE("pages are handed out once, lowest first, from usable memory only", "[runtime]") {
    const Region usable[] = {{0x10'0000, 0x10'4800}, {0x1800, 0x5000}};
    PageAllocator pages{usable, {0, mapped_end}};
    REQUIRE(pages.reserve({0x3000, 0x3001}));
    std::vector<std::uint64_t> got;
    while (const auto page = pages.allocate()) got.push_back(raw(*page));
    CHECK(got == std::vector<std::uint64_t>{0x2000, 0x4000, 0x10'0000, 0x10'1000, 0x10'2000, 0x10'3000});
}

TEST_CASE("consecutive pages, bounds and reserved regions", "[runtime]") {
    const Region usable[] = {{0, 0x10000}, {0xffff'f000, 0x1'0001'0000}};
    PageAllocator pages{usable, {0x1000, mapped_end}};
    REQUIRE(pages.reserve({0x4000, 0x5000}));
    REQUIRE(pages.reserve({0x2000, 0x2800}));
    CHECK(raw(*pages.allocate(4)) == 0x5000);
    CHECK(raw(*pages.allocate(7)) == 0x9000);
    CHECK(raw(*pages.allocate()) == 0xffff'f000);  // and none at 4 GiB
    CHECK_FALSE(pages.allocate().has_value());
    CHECK_FALSE(pages.allocate(~std::size_t{0}).has_value());
    for (std::size_t k = 2; k < PageAllocator::most_reserved; ++k) REQUIRE(pages.reserve({0, 1}));
    CHECK_FALSE(pages.reserve({0, 1}));
}

TEST_CASE("overlapping regions do not give a page twice", "[runtime]") {
    const Region usable[] = {{0x1000, 0x5000}, {0x3000, 0x7000}, {0x1000, 0x2000}};
    PageAllocator pages{usable, {0, mapped_end}};
    std::vector<std::uint64_t> got;
    while (const auto page = pages.allocate()) got.push_back(raw(*page));
    CHECK(got == std::vector<std::uint64_t>{0x1000, 0x2000, 0x3000, 0x4000, 0x5000, 0x6000});
}

TEST_CASE("a boot information is read", "[runtime]") {
    Information information;
    information.tag(1, std::string{"quiet\0", 6});
    information.tag(9, "a tag that nobody needs");
    information.tag(3, Information::number(0x200000) + Information::number(0x201000) + std::string{"l1.img arg\0", 11});
    information.tag(6, ram);
    information.tag(0, "");
    BootInformation read;
    const auto memory = information.memory();
    REQUIRE_FALSE(read.read(memory).has_value());
    CHECK(read.command_line() == "quiet");
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
        Row{BootRefusal::malformed_module, {{3, Information::number(2) + Information::number(1) + std::string(1, '\0')}, {0, ""}}},
        Row{BootRefusal::malformed_module, {{3, Information::number(1) + Information::number(2) + "m"}, {0, ""}}},
        Row{BootRefusal::malformed_memory_map, {{6, "1234567"}, {0, ""}}},
        Row{BootRefusal::malformed_memory_map, {{6, Information::number(16) + Information::number(0)}, {0, ""}}},
        Row{BootRefusal::malformed_memory_map, {{6, ram + "x"}, {0, ""}}},
        Row{BootRefusal::malformed_memory_map, {{6, Information::map({{~std::uint64_t{0}, 2, 1}})}, {0, ""}}},
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
    for (std::size_t size = 0; size < memory.size(); ++size) CHECK(read.read(memory.first(size)) == BootRefusal::truncated);
    CHECK(read.read(memory.subspan(4)) == BootRefusal::misaligned);
    CHECK_FALSE(read.read(memory).has_value());
}

TEST_CASE("IA32_FEATURE_CONTROL decides about VMXON", "[runtime]") {
    CHECK(feature_control(0x0) == FeatureControl::undecided);
    CHECK(feature_control(0x4) == FeatureControl::undecided);  // not locked: not in force
    CHECK(feature_control(0x1) == FeatureControl::forbids);
    CHECK(feature_control(0x3) == FeatureControl::forbids);  // inside SMX only
    CHECK(feature_control(0x5) == FeatureControl::allows);
    CHECK(feature_control(0x7) == FeatureControl::allows);
}

}  // namespace vmxspec::runtime_test
