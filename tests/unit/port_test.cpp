// The serial port and port E9H with a recorded device in place of the ports, and numbers as text.
#include "runtime/io/debug_port.hpp"
#include "runtime/io/format.hpp"
#include "runtime/io/parallel_port.hpp"
#include "runtime/io/serial_port.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace vmxspec::port_test {
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
        static void out8(std::uint16_t port, std::uint8_t value) {
            text() += port == 0xe9 ? static_cast<char>(value) : '?';
        }
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

TEST_CASE("the printer port takes a byte at each strobe", "[runtime]") {
    struct Emulator {
        static std::uint8_t in8(std::uint16_t port) { return port == 0x378 ? data() : 0xff; }
        static void out8(std::uint16_t port, std::uint8_t value) {
            static bool strobe = false;
            if (port == 0x378) data() = value;
            if (port != 0x37a) return;
            if ((value & 1) != 0 && !strobe) text() += static_cast<char>(data());
            strobe = (value & 1) != 0;
        }
        static std::uint8_t& data() {
            static std::uint8_t value = 0;
            return value;
        }
        static std::string& text() {
            static std::string all;
            return all;
        }
    };
    struct Nothing {
        static std::uint8_t in8(std::uint16_t) { return 0xff; }
        static void out8(std::uint16_t port, std::uint8_t) { CHECK(port == 0x378); }
    };
    ParallelPort<Emulator> there;
    there.write("not yet");
    CHECK(there.initialise());
    there.write("hello");
    CHECK(Emulator::text() == "hello");
    ParallelPort<Nothing> absent;
    CHECK_FALSE(absent.initialise());
    absent.write("hello");
}

}  // namespace vmxspec::port_test
