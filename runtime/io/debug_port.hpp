/// Port E9H, on which emulators (Bochs, QEMU) take characters at once.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/io/port.hpp"

namespace vmxspec::runtime {

/// An emulator that has the port answers a read of it with E9H; hardware, where nothing is there, with FFH.
template <class Io = Ports>
class DebugPort {
public:
    /// Looks for the port. Returns whether it is there.
    bool initialise() {
        present_ = Io::in8(port) == port;
        return present_;
    }

    [[nodiscard]] bool present() const { return present_; }

    /// Sends `text` as it is; nothing happens without the port.
    void write(std::string_view text) {
        if (!present_) {
            return;
        }
        for (const char character : text) {
            Io::out8(port, static_cast<std::uint8_t>(character));
        }
    }

private:
    static constexpr std::uint8_t port = 0xe9;

    bool present_ = false;
};

}  // namespace vmxspec::runtime
