/// x86 I/O ports.
#pragma once

#include <cstdint>

namespace vmxspec::runtime {

/// The processor's own I/O address space. Drivers take it as a template parameter, so that a hosted test
/// can put a recorded device in its place.
struct Ports {
    /// One byte from `port` (IN).
    [[nodiscard]] static std::uint8_t in8(std::uint16_t port) {
        std::uint8_t value;
        asm volatile("inb %[port], %[value]" : [value] "=a"(value) : [port] "Nd"(port));
        return value;
    }

    /// One byte to `port` (OUT).
    static void out8(std::uint16_t port, std::uint8_t value) {
        asm volatile("outb %[value], %[port]" : : [value] "a"(value), [port] "Nd"(port));
    }
};

}  // namespace vmxspec::runtime
