#include "runtime/cpu/interrupt_table.hpp"

#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/cpu/exception.hpp"

extern "C" {
extern const char exception_stubs[];  // exception_entry.S  NOLINT(*-avoid-c-arrays)
}

namespace vmxspec::runtime {

constinit InterruptTable interrupt_table;

namespace {

constexpr std::size_t stub_size = 16;  // exception_entry.S

constexpr InterruptStack stack_of(std::size_t vector) {
    switch (vector) {
        case 2: return InterruptStack::nmi;
        case 8: return InterruptStack::double_fault;
        case 18: return InterruptStack::machine_check;
        default: return InterruptStack::current;
    }
}

}  // namespace

void InterruptTable::fill() {
    constexpr std::uint64_t present_interrupt_gate = 0x8e00;
    for (std::size_t vector = 0; vector < exception_vectors; ++vector) {
        const auto entry = reinterpret_cast<std::uint64_t>(exception_stubs) + vector * stub_size;
        const auto stack = static_cast<std::uint64_t>(stack_of(vector));
        gates_[vector] = {(entry & 0xffff) | std::uint64_t{selector::code} << 16 | stack << 32 |
                              present_interrupt_gate << 32 | (entry >> 16 & 0xffff) << 48,
                          entry >> 32};
    }
}

void InterruptTable::load() {
    if (gates_[0].low == 0) {
        fill();
    }
    const TablePointer pointer{sizeof gates_ - 1, base()};
    asm volatile("lidt %0" : : "m"(pointer) : "memory");
}

}  // namespace vmxspec::runtime
