// The hypervisor took the room that its own last text had left in COM1's FIFO for room when it next had something to
// say. Linux had filled the FIFO meanwhile, and what did not fit was lost: a warning about Linux ended in its middle.
#include "runtime/io/serial_port.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace vmxspec::shared_serial_port_test {
namespace {

/// A 16550 whose FIFO is emptied by whoever waits for it, and takes no more than 16 characters.
struct Uart {
    static inline std::string sent;
    static inline unsigned used = 0;
    static inline std::uint8_t scratch = 0;

    static std::uint8_t in8(std::uint16_t port) {
        switch (port - runtime::com1) {
            case 2: return 0xc1;
            case 5: used = 0; return 0x60;
            case 7: return scratch;
            default: return 0;
        }
    }
    static void out8(std::uint16_t port, std::uint8_t value) {
        if (port == runtime::com1 + 7) scratch = value;
        if (port == runtime::com1 && used < 16) {
            ++used;
            sent += static_cast<char>(value);
        }
    }
};

}  // namespace

TEST_CASE("text after somebody else's waits for room in the FIFO", "[bugs]") {
    runtime::SerialPort<Uart> port{runtime::com1};
    REQUIRE(port.initialise());
    Uart::used = 0;
    Uart::sent.clear();
    port.write("before");
    Uart::used = 16;  // the guest's
    port.resume();
    port.write("behind");
    CHECK(Uart::sent == "beforebehind");
}

}  // namespace vmxspec::shared_serial_port_test
