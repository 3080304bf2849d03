#include "tests/bochs/hv/rounds_machine.hpp"

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/exception.hpp"
#include "runtime/cpu/interrupt_table.hpp"
#include "runtime/cpu/spin_lock.hpp"
#include "runtime/io/console.hpp"
#include "runtime/io/port.hpp"

extern "C" {
// rounds_code.S
void l1_timer_entry();
void l1_unblock_nmi();
}

namespace vmxspec::l1 {

constinit std::array<Processor, most_processors> processors{};

namespace {

using runtime::ApicRegister;
using runtime::LocalApic;

using runtime::Gate;
alignas(runtime::page_size) constinit std::array<Gate, 256> gates{};

constinit runtime::SpinLock lock;
constinit Account counted{};
// Found once: handlers run as L2's code, too, where RDMSR may exit.
constinit std::optional<LocalApic> local_apic;

/// The runtime's gates, and the timer's.
void fill_gates() {
    __builtin_memcpy(gates.data(), runtime::at<void>(runtime::PhysicalAddress{runtime::interrupt_table.base()}),
                     runtime::exception_vectors * sizeof(Gate));
    gates[timer_vector] = runtime::interrupt_gate(reinterpret_cast<std::uintptr_t>(l1_timer_entry));
}

[[nodiscard]] Processor* this_processor() {
    const std::uint32_t id = apic().id();
    for (Processor& processor : processors) {
        if (processor.id == id) {
            return &processor;
        }
    }
    return nullptr;
}

void count(Word& number) { __atomic_add_fetch(&number, 1, __ATOMIC_SEQ_CST); }

}  // namespace

Word Processor::nmis() const {
    return __atomic_load_n(&nmis_in_l1, __ATOMIC_SEQ_CST) + __atomic_load_n(&nmis_in_l2, __ATOMIC_SEQ_CST) +
           __atomic_load_n(&nmis_by_exit, __ATOMIC_SEQ_CST);
}

std::uint64_t Processor::below(std::uint64_t end) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return (random >> 11) % end;
}

LocalApic apic() { return *local_apic; }

std::uint64_t idt() { return reinterpret_cast<std::uintptr_t>(gates.data()); }
std::uint64_t idt_limit() { return sizeof gates - 1; }

void begin(Processor& self) {
    constexpr std::uint32_t apic_enabled = 0x1ff, divide_by_1 = 0xb;
    constexpr std::uint16_t first_8259_mask = 0x21, second_8259_mask = 0xa1;
    local_apic = LocalApic::current();
    if (!local_apic || local_apic->in_x2apic_mode()) {
        runtime::refuse("the local APIC is not in xAPIC mode");
    }
    self.tables.load();
    runtime::interrupt_table.load();
    fill_gates();
    const runtime::TablePointer pointer{sizeof gates - 1, idt()};
    asm volatile("lidt %0" : : "m"(pointer) : "memory");
    runtime::Ports::out8(first_8259_mask, 0xff);
    runtime::Ports::out8(second_8259_mask, 0xff);
    apic().write(ApicRegister::spurious_interrupt_vector, apic_enabled);
    apic().write(ApicRegister::divide_configuration, divide_by_1);
    apic().write(ApicRegister::lvt_timer, timer_vector);
}

void arm(Processor& self, std::uint32_t ticks) {
    self.armed = true;
    ++self.arms;
    apic().write(ApicRegister::initial_count, ticks);
}

void take_tick(Processor& self, Word& number) {
    expect(self.armed, "a timer interrupt comes once", self.ticks(), self.arms);
    self.armed = false;
    ++number;
    apic().write(ApicRegister::end_of_interrupt, 0);
}

void open_window() { asm volatile("sti\n\tnop\n\tcli" : : : "memory"); }

void unblock_nmi() { l1_unblock_nmi(); }

void take_nmi_of_exit(Processor& self) {
    count(self.nmis_by_exit);
    unblock_nmi();
}

void expect(bool holds, std::string_view what, std::uint64_t seen, std::uint64_t expected) {
    constexpr std::uint64_t most_complaints = 20;
    if (holds) {
        return count(counted.passed);
    }
    const runtime::LockGuard guard{lock};
    if (++counted.failed <= most_complaints) {
        print(runtime::console, "failed: ", what, " is ", runtime::Hex{seen}, "H, expected ", runtime::Hex{expected},
              "H\n");
    }
}

Account account() { return counted; }

}  // namespace vmxspec::l1

extern "C" void l1_timer() {
    using namespace vmxspec::l1;
    if (Processor* const self = this_processor()) {
        take_tick(*self, self->in_l2 ? self->ticks_in_l2 : self->ticks_in_l1);
    }
}

bool vmxspec_own_exception(vmxspec::runtime::ExceptionFrame& frame) {
    using namespace vmxspec::l1;
    constexpr std::uint64_t nmi = 2;
    Processor* const self = frame.vector == nmi ? this_processor() : nullptr;
    if (self == nullptr) {
        return false;
    }
    count(self->in_l2 ? self->nmis_in_l2 : self->nmis_in_l1);
    return true;
}
