#include "runtime/cpu/halt.hpp"

#include <cstdint>
#include <string_view>

#include "runtime/cpu/cpuid.hpp"
#include "runtime/io/console.hpp"
#include "runtime/io/port.hpp"

namespace vmxspec::runtime {

namespace {

/// Bochs ends when it reads this word on this port.
constexpr std::uint16_t shutdown_port = 0x8900;
constexpr std::string_view shutdown_word = "Shutdown";

/// CPUID.1:ECX, which processors leave clear and emulators and hypervisors set.
constexpr std::uint32_t cpuid_hypervisor = 1U << 31;

/// An exception without an IDT: the processor shuts down, and an emulator ends or restarts.
void triple_fault() {
    struct [[gnu::packed]] {
        std::uint16_t limit = 0;
        std::uint64_t base = 0;
    } no_idt;
    asm volatile("lidt %0\n\tud2" : : "m"(no_idt));
}

/// The last words leave the machine, and an emulator ends if it has the port.
void say_goodbye() {
    console.drain();
    for (const char character : shutdown_word) {
        Ports::out8(shutdown_port, static_cast<std::uint8_t>(character));
    }
}

}  // namespace

void halt() {
    say_goodbye();
    if ((cpuid(1).ecx & cpuid_hypervisor) != 0) {
        triple_fault();
    }
    for (;;) {
        asm volatile("cli\n\thlt");
    }
}

void reset() {
    constexpr std::uint16_t reset_control = 0xcf9, keyboard_controller = 0x64;
    constexpr std::uint8_t full_reset = 0x06, pulse_reset = 0xfe;
    say_goodbye();
    Ports::out8(reset_control, full_reset);
    Ports::out8(keyboard_controller, pulse_reset);
    for (;;) {
        triple_fault();
    }
}

}  // namespace vmxspec::runtime
