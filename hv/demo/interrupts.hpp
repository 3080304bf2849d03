/// Interrupts of devices: gates for vectors 32 and up, the interrupt controllers, and what came through them.
#pragma once

#include <cstdint>

namespace vmxspec::demo {

/// A gate of the IDT (SDM volume 3A, 7.14.1).
struct Gate {
    std::uint64_t low, high;
};

/// The IDT from now on: the runtime's gates for exceptions, and one for each vector behind them. The two 8259 have
/// vectors 20H to 2FH, and all their inputs are masked.
void prepare_interrupts();

/// The gate of a vector, to be changed for a while.
[[nodiscard]] Gate& gate(unsigned vector);

/// How often the interrupt has come, and where it interrupted last.
[[nodiscard]] std::uint64_t interrupts(unsigned vector);
[[nodiscard]] std::uint64_t last_interrupted();

/// Makes the 8254 raise IRQ 0, vector 20H, once, after so many ticks of 838 ns; its input is open from then on.
void start_pit(std::uint16_t ticks);
inline constexpr unsigned pit_vector = 0x20;
void mask_all();

/// Whether IRQ 0 waits at the 8259 for the processor.
[[nodiscard]] bool pit_waits();

/// The local APIC, by memory or, in x2APIC mode, by MSRs. Registers are numbered by their offset in memory.
[[nodiscard]] std::uint32_t read_apic(std::uint32_t offset);
void write_apic(std::uint32_t offset, std::uint32_t value);
/// Sends an interprocessor interrupt. \param command  the low half of the interrupt command register
void send_ipi(std::uint32_t apic_id, std::uint32_t command);
[[nodiscard]] bool is_x2apic();
[[nodiscard]] std::uint32_t own_apic_id();
inline constexpr std::uint32_t apic_id = 0x20, apic_eoi = 0xb0, apic_spurious = 0xf0, apic_command = 0x300,
                               apic_timer = 0x320, apic_initial_count = 0x380, apic_current_count = 0x390,
                               apic_divide = 0x3e0;
inline constexpr unsigned apic_timer_vector = 0x40, apic_spurious_vector = 0xff;

/// Interrupts are on until `done` or until some seconds have passed at the latest. \return whether it was done
template <class Done>
[[nodiscard]] bool wait_with_interrupts(Done done) {
    constexpr unsigned patience = 20'000'000;
    bool is_done = false;
    for (unsigned n = 0; n < patience && !is_done; ++n) {
        asm volatile("sti\n\tpause\n\tcli" : : : "memory");
        is_done = done();
    }
    return is_done;
}

}  // namespace vmxspec::demo
