#include "hv/demo/interrupts.hpp"

#include <array>

#include "hv/demo/features.hpp"
#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/cpu/exception.hpp"
#include "runtime/cpu/interrupt_table.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/io/port.hpp"
#include "runtime/memory/address.hpp"

extern "C" {
extern const char vmxspec_demo_interrupt_stubs[];  // interrupt_entry.S  NOLINT(*-avoid-c-arrays)
void vmxspec_demo_interrupt(std::uint64_t vector, std::uint64_t rip);
}

namespace vmxspec::demo {

namespace {

using runtime::Ports;

constexpr std::size_t vectors = 256, stub_size = 16;
constexpr unsigned first_vector = runtime::exception_vectors, pic_end = 0x30;
constexpr std::uint16_t pic1 = 0x20, pic1_data = 0x21, pic2 = 0xa0, pic2_data = 0xa1;
constexpr std::uint16_t pit_counter = 0x40, pit_mode = 0x43;
constexpr std::uint8_t end_of_interrupt = 0x20, read_requests = 0x0a;

alignas(16) constinit std::array<Gate, vectors> gates{};
constinit std::array<std::uint64_t, vectors> counts{};
constinit std::uint64_t interrupted = 0;

constexpr std::uint32_t x2apic_msr(std::uint32_t offset) { return 0x800 + offset / 16; }

[[nodiscard]] std::uint64_t apic_base() { return runtime::read_msr(msr::ia32_apic_base).value_or(0); }

[[nodiscard]] volatile std::uint32_t* apic_register(std::uint32_t offset) {
    constexpr std::uint64_t page = 0xf'ffff'f000;
    return runtime::at<volatile std::uint32_t>(runtime::PhysicalAddress{(apic_base() & page) + offset});
}

void prepare_pics() {
    Ports::out8(pic1, 0x11);  // four words follow: first vector, wiring, mode
    Ports::out8(pic2, 0x11);
    Ports::out8(pic1_data, first_vector);
    Ports::out8(pic2_data, first_vector + 8);
    Ports::out8(pic1_data, 4);
    Ports::out8(pic2_data, 2);
    Ports::out8(pic1_data, 1);
    Ports::out8(pic2_data, 1);
    mask_all();
}

}  // namespace

void prepare_interrupts() {
    constexpr std::uint64_t present_interrupt_gate = 0x8e00;
    __builtin_memcpy(gates.data(), runtime::at<const void>(runtime::PhysicalAddress{runtime::interrupt_table.base()}),
                     first_vector * sizeof(Gate));
    for (std::size_t vector = first_vector; vector < vectors; ++vector) {
        const auto entry =
            reinterpret_cast<std::uint64_t>(vmxspec_demo_interrupt_stubs) + (vector - first_vector) * stub_size;
        gates[vector] = {(entry & 0xffff) | std::uint64_t{runtime::selector::code} << 16 |
                             present_interrupt_gate << 32 | (entry >> 16 & 0xffff) << 48,
                         entry >> 32};
    }
    const runtime::TablePointer pointer{sizeof gates - 1, reinterpret_cast<std::uint64_t>(gates.data())};
    asm volatile("lidt %0" : : "m"(pointer) : "memory");
    prepare_pics();
}

Gate& gate(unsigned vector) { return gates[vector]; }

std::uint64_t interrupts(unsigned vector) { return __atomic_load_n(&counts[vector], __ATOMIC_RELAXED); }

std::uint64_t last_interrupted() { return __atomic_load_n(&interrupted, __ATOMIC_RELAXED); }

void start_pit(std::uint16_t ticks) {
    constexpr std::uint8_t counter0_both_bytes_once = 0x30;
    Ports::out8(pit_mode, counter0_both_bytes_once);
    Ports::out8(pic1_data, 0xfe);
    Ports::out8(pit_counter, static_cast<std::uint8_t>(ticks));
    Ports::out8(pit_counter, static_cast<std::uint8_t>(ticks >> 8));
}

void mask_all() {
    Ports::out8(pic1_data, 0xff);
    Ports::out8(pic2_data, 0xff);
}

bool pit_waits() {
    constexpr unsigned patience = 20'000'000;
    Ports::out8(pic1, read_requests);
    for (unsigned n = 0; n < patience; ++n) {
        if ((Ports::in8(pic1) & 1) != 0) {
            return true;
        }
    }
    return false;
}

bool is_x2apic() {
    constexpr std::uint64_t extended = 1U << 10;
    return (apic_base() & extended) != 0;
}

std::uint32_t read_apic(std::uint32_t offset) {
    return is_x2apic() ? static_cast<std::uint32_t>(runtime::read_msr(x2apic_msr(offset)).value_or(0))
                       : *apic_register(offset);
}

void write_apic(std::uint32_t offset, std::uint32_t value) {
    if (is_x2apic()) {
        static_cast<void>(runtime::write_msr(x2apic_msr(offset), value));
    } else {
        *apic_register(offset) = value;
    }
}

void send_ipi(std::uint32_t destination, std::uint32_t command) {
    if (is_x2apic()) {
        static_cast<void>(runtime::write_msr(x2apic_msr(apic_command), std::uint64_t{destination} << 32 | command));
    } else {
        *apic_register(apic_command + 0x10) = destination << 24;
        *apic_register(apic_command) = command;
    }
}

std::uint32_t own_apic_id() { return is_x2apic() ? read_apic(apic_id) : read_apic(apic_id) >> 24; }

}  // namespace vmxspec::demo

void vmxspec_demo_interrupt(std::uint64_t vector, std::uint64_t rip) {
    using namespace vmxspec::demo;
    ++counts[vector];
    interrupted = rip;
    if (vector < pic_end) {
        if (vector >= first_vector + 8) {
            Ports::out8(pic2, end_of_interrupt);
        }
        Ports::out8(pic1, end_of_interrupt);
    } else if (vector != apic_spurious_vector) {
        write_apic(apic_eoi, 0);
    }
}
