/// Where the kernel says things: every channel that exists.
#pragma once

#include <string_view>

#include "runtime/io/debug_port.hpp"
#include "runtime/io/format.hpp"
#include "runtime/io/screen.hpp"
#include "runtime/io/serial_port.hpp"

namespace vmxspec::runtime {

/// COM1, port E9H and the screen. A channel that is missing is left out.
class Console {
public:
    /// Looks for the ports; to be called once, before the first text. The screen comes later: only the boot loader
    /// knows what it shows (`screen().attach`).
    void initialise();

    /// Text to every channel.
    void write(std::string_view text);

    /// To be called before text if somebody else has used the ports since the last one: a guest.
    void resume() { serial_.resume(); }

    /// Waits until everything has left the machine.
    void drain() { serial_.drain(); }

    [[nodiscard]] SerialPort<>& serial() { return serial_; }
    [[nodiscard]] DebugPort<>& debug() { return debug_; }
    [[nodiscard]] static Screen& screen();

private:
    SerialPort<> serial_{com1};
    DebugPort<> debug_;
};

/// The one console.
extern Console console;

}  // namespace vmxspec::runtime
