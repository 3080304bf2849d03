/// The printer port, on which Bochs takes bytes into a file at once.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/io/port.hpp"

namespace vmxspec::runtime {

/// LPT1 on a PC: output only, without waiting, so that it serves where an emulator takes each byte when it comes.
template <class Io = Ports>
class ParallelPort {
public:
    /// Looks for the port. Returns whether it is there: its data register keeps what is written to it.
    bool initialise() {
        Io::out8(data, 0x5a);
        present_ = Io::in8(data) == 0x5a;
        if (present_) {
            Io::out8(control, idle);
        }
        return present_;
    }

    [[nodiscard]] bool present() const { return present_; }

    /// Sends `text` as it is; nothing happens without the port.
    void write(std::string_view text) {
        if (!present_) {
            return;
        }
        for (const char character : text) {
            Io::out8(data, static_cast<std::uint8_t>(character));
            Io::out8(control, idle | strobe);
            Io::out8(control, idle);
        }
    }

private:
    static constexpr std::uint16_t data = 0x378, control = 0x37a;
    static constexpr std::uint8_t strobe = 0x01, idle = 0x0c;  // not in reset, and selected

    bool present_ = false;
};

}  // namespace vmxspec::runtime
