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

}  // namespace

void halt() {
    console.drain();
    for (const char character : shutdown_word) {
        Ports::out8(shutdown_port, static_cast<std::uint8_t>(character));
    }
    if ((cpuid(1).ecx & cpuid_hypervisor) != 0) {
        triple_fault();
    }
    for (;;) {
        asm volatile("cli\n\thlt");
    }
}

}  // namespace vmxspec::runtime
