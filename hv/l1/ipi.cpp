#include "hv/l1/ipi.hpp"

#include "hv/l1/event.hpp"
#include "hv/l1/instruction.hpp"
#include "hv/l1/machine.hpp"
#include "hv/l1/nmi.hpp"
#include "hv/l1/translation.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/nested/nested.hpp"
#include "runtime/cpu/local_apic.hpp"

namespace vmxspec::hv {

namespace {

using runtime::ApicRegister;
using runtime::LocalApic;
namespace ipi = runtime::ipi;

constexpr std::uint32_t sipi_valid = 1U << 8;
constexpr std::uint64_t rflags_if = 1U << 9, debug_exception = 1U << 1;

/// Whether an IPI goes to a processor.
[[nodiscard]] bool goes_to(const Processor& target, const Processor& sender, std::uint32_t command, std::uint32_t id,
                           bool x2apic) {
    switch (command & ipi::shorthand) {
        case ipi::to_self: return &target == &sender;
        case ipi::to_all: return true;
        case ipi::to_all_others: return &target != &sender;
        default: return target.apic_id == id || id == (x2apic ? 0xffff'ffff : 0xff);
    }
}

/// The NMI brings the processor into the hypervisor, or finds it there (nmi.cpp). With the lock.
void post_init(Processor& target, const LocalApic& apic) {
    if (!target.ipis.waits) {
        __atomic_store_n(&target.ipis.sipi, 0, __ATOMIC_SEQ_CST);
        __atomic_store_n(&target.ipis.init, true, __ATOMIC_SEQ_CST);
        apic.send(ipi::nmi | ipi::assert_level, target.apic_id);
    }
}

/// With the lock.
void post_sipi(Processor& target, std::uint32_t vector) {
    const bool listens = target.ipis.waits || __atomic_load_n(&target.ipis.init, __ATOMIC_SEQ_CST);
    if (listens && __atomic_load_n(&target.ipis.sipi, __ATOMIC_SEQ_CST) == 0) {
        __atomic_store_n(&target.ipis.sipi, vector | sipi_valid, __ATOMIC_SEQ_CST);
    }
}

[[nodiscard]] volatile std::uint32_t& word(runtime::PhysicalAddress page, std::uint32_t offset) {
    return *runtime::at<volatile std::uint32_t>(runtime::PhysicalAddress{raw(page) + offset});
}

/// L1 has written `value` into a register of its local APIC's page.
void write_apic(Processor& processor, std::uint32_t offset, std::uint32_t value) {
    constexpr unsigned id_place = 24;
    const auto apic = LocalApic::current();
    const bool is_command = offset == static_cast<std::uint32_t>(ApicRegister::interrupt_command);
    if (apic && !apic->in_x2apic_mode() && is_command &&
        deliver_ipi(processor, value, apic->read(ApicRegister::interrupt_command_high) >> id_place)) {
        return;
    }
    word(processor.ipis.page, offset) = value;
}

}  // namespace

void intercept_ipis(Processor& processor) {
    constexpr std::uint32_t x2apic_interrupt_command = 0x830;
    constexpr std::size_t writes = 0x800;  // of the MSR bitmaps (SDM 27.6.9)
    processor.ipis.intercepted = true;
    auto& byte = runtime::at<std::uint8_t>(machine.msr_bitmap)[writes + x2apic_interrupt_command / 8];
    byte = static_cast<std::uint8_t>(byte | 1U << (x2apic_interrupt_command & 7));
    if (const auto apic = LocalApic::current(); apic && !apic->in_x2apic_mode()) {
        processor.ipis.page = apic->page();
        processor.ept.watch(apic->page(), processor.ipis.shadow);
        processor.ept.clear();
        forget_ept(processor);
    }
}

// The instruction is executed once, with neither interrupts nor their blocking, and traps then; the value is in the
// other page.
void forget_blocking_by_smi() {
    write(Field::guest_interruptibility_state, read(Field::guest_interruptibility_state) & ~event::blocking_by_smi);
}

void begin_apic_write(Processor& processor, std::uint64_t address) {
    Ipis& ipis = processor.ipis;
    ipis.offset = static_cast<std::uint32_t>(address & (runtime::page_size - 1) & ~std::uint64_t{3});
    word(ipis.shadow, ipis.offset) = word(ipis.page, ipis.offset);
    ipis.rflags = read(Field::guest_rflags);
    write(Field::guest_rflags, (ipis.rflags | rflags_tf) & ~rflags_if);
    write(Field::guest_interruptibility_state, read(Field::guest_interruptibility_state) & ~blocking_by_sti_or_mov_ss);
    write(Field::exception_bitmap, debug_exception);
    processor.ept.show_shadow(true);
    forget_ept(processor);
    ipis.steps = true;
}

bool end_apic_write(Processor& processor) {
    constexpr std::uint64_t cause = 0xf, enabled_breakpoint = 1U << 12, single_step = 1U << 14;
    Ipis& ipis = processor.ipis;
    if (!ipis.steps) {
        return false;
    }
    ipis.steps = false;
    processor.ept.show_shadow(false);
    forget_ept(processor);
    write(Field::exception_bitmap, 0);
    constexpr std::uint64_t changed = rflags_tf | rflags_if;
    write(Field::guest_rflags, (read(Field::guest_rflags) & ~changed) | (ipis.rflags & changed));
    const std::uint64_t interruption = read(Field::exit_interruption_information);
    const bool is_trap = read(Field::exit_reason) == static_cast<std::uint64_t>(ExitReason::exception_or_nmi) &&
                         (interruption >> event::type_place & event::type_mask) == event::hardware_exception;
    if (!is_trap) {
        return false;  // the instruction was not executed; it will come here again
    }
    const std::uint64_t met = read(Field::exit_qualification) & cause;
    const std::uint64_t pending =
        (met == 0 ? 0 : met | enabled_breakpoint) | ((ipis.rflags & rflags_tf) == 0 ? 0 : single_step);
    write(Field::guest_pending_debug_exceptions, pending);
    write_apic(processor, ipis.offset, word(ipis.shadow, ipis.offset));
    return true;
}

bool deliver_ipi(const Processor& sender, std::uint32_t command, std::uint32_t id) {
    constexpr std::uint32_t logical = 1U << 11, level_triggered = 1U << 15;
    const auto apic = LocalApic::current();
    const std::uint32_t mode = command & ipi::delivery_mode;
    if (!apic || (mode != ipi::init && mode != ipi::start_up) ||
        ((command & logical) != 0 && (command & ipi::shorthand) == 0)) {
        return false;
    }
    if (mode == ipi::init && (command & ipi::assert_level) == 0 && (command & level_triggered) != 0) {
        return true;  // INIT Level De-assert means nothing
    }
    const runtime::LockGuard delivering{machine.delivering};
    for (std::size_t n = 0; n < machine.processor_count; ++n) {
        Processor& target = *machine.processors[n];
        if (!goes_to(target, sender, command, id, apic->in_x2apic_mode())) {
            continue;
        }
        if (mode == ipi::init) {
            post_init(target, *apic);
        } else {
            post_sipi(target, command & 0xff);
        }
    }
    return true;
}

bool take_init(Processor& processor, Registers& registers) {
    if (!__atomic_load_n(&processor.ipis.init, __ATOMIC_SEQ_CST)) {
        return false;
    }
    if (in_vmx_operation(processor)) {
        forget_nmi(processor);  // it waits until L1 leaves VMX operation (SDM 26.8)
    } else {
        handle_init(processor, registers);
    }
    return true;
}

std::uint32_t await_sipi(Processor& processor) {
    Ipis& ipis = processor.ipis;
    {
        const runtime::LockGuard delivering{machine.delivering};
        ipis.waits = true;
        __atomic_store_n(&ipis.init, false, __ATOMIC_SEQ_CST);
    }
    while (__atomic_load_n(&ipis.sipi, __ATOMIC_SEQ_CST) == 0) {
        asm volatile("pause");
    }
    const runtime::LockGuard delivering{machine.delivering};
    ipis.waits = false;
    return __atomic_exchange_n(&ipis.sipi, 0, __ATOMIC_SEQ_CST) & ~sipi_valid;
}

}  // namespace vmxspec::hv
