#include "runtime/cpu/interrupt_table.hpp"

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
    for (std::size_t vector = 0; vector < exception_vectors; ++vector) {
        const auto entry = reinterpret_cast<std::uintptr_t>(exception_stubs) + vector * stub_size;
        gates_[vector] = interrupt_gate(entry, stack_of(vector));
    }
}

void InterruptTable::load() {
    if (gates_[0].words[0] == 0) {
        fill();
    }
    const TablePointer pointer{sizeof gates_ - 1, base()};
    asm volatile("lidt %0" : : "m"(pointer) : "memory");
}

}  // namespace vmxspec::runtime
