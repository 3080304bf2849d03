#include "hv/l1/event.hpp"
#include "hv/l1/exit.hpp"
#include "hv/l1/initial_state.hpp"
#include "hv/l1/instruction.hpp"
#include "hv/l1/ipi.hpp"
#include "hv/l1/nmi.hpp"
#include "hv/l1/report.hpp"
#include "hv/l1/translation.hpp"
#include "hv/nested/nested.hpp"
#include "runtime/cpu/cpuid.hpp"
#include "runtime/cpu/halt.hpp"
#include "runtime/io/console.hpp"

namespace vmxspec::hv {

namespace {

/// L1 begins at that page, in real mode, with the state after INIT.
void start_up(const Processor& processor, std::uint64_t vector) {
    forget_nmi(processor);  // an NMI that came before
    write(Field::guest_cs_selector, vector << 8);
    write(Field::guest_cs_base, vector << 12);
    write(Field::guest_rip, 0);
    write(Field::guest_activity_state, activity::active);
}

}  // namespace

void handle_exception_or_nmi(Processor& processor, Registers& registers) {
    const std::uint64_t information = read(Field::exit_interruption_information);
    if ((information >> event::type_place & event::type_mask) != event::nmi) {
        return handle_unexpected(processor, registers);  // no exception is in the exception bitmap
    }
    unblock_nmi();
    if (take_init(processor, registers)) {
        return;
    }
    keep_nmi(processor);
    request_nmi_window();
    repeat_instruction();
    repeat_interrupted_event();
}

void handle_nmi_window(Processor& processor, Registers& registers) {
    if (take_init(processor, registers)) {
        return;
    }
    withdraw_nmi_window();
    if (!take_nmi(processor)) {
        return;  // the other guest has taken it
    }
    // Blocking by STI is over with the NMI, which some processors do not take under it (SDM 29.3.1.5).
    constexpr std::uint64_t blocking_by_sti = 1;
    write(Field::guest_interruptibility_state, read(Field::guest_interruptibility_state) & ~blocking_by_sti);
    write(Field::entry_interruption_information, event::valid | event::nmi << event::type_place | event::nmi_vector);
}

void handle_init(Processor& processor, Registers& registers) {
    if (in_vmx_operation(processor)) {
        return __atomic_store_n(&processor.ipis.init, true, __ATOMIC_SEQ_CST);  // VMX operation blocks it (SDM 26.8)
    }
    write_state_after_init(processor.cr0_mask);
    Processor* const self = registers.processor;
    registers = {};
    registers.processor = self;
    registers.rdx = runtime::cpuid(1).eax;  // SDM table 12-1
    clear_debug_registers();
    reset_local_apic();
    asm volatile("movq %0, %%cr2" : : "r"(std::uint64_t{0}));
    forget_nmi(processor);
    forget_linear(processor);
    if (processor.is_boot_processor) {
        __atomic_store_n(&processor.ipis.init, false, __ATOMIC_SEQ_CST);
        write(Field::guest_activity_state, activity::active);
    } else if (processor.ipis.intercepted) {
        start_up(processor, await_sipi(processor));
    } else {
        write(Field::guest_activity_state, activity::wait_for_sipi);
    }
}

void handle_sipi(Processor& processor, Registers& /*registers*/) {
    // Of the events that are blocked in the wait-for-SIPI state, Bochs lets none through with the SIPI.
    unblock_nmi();
    if (processor.sipi_tried) {
        return start_up(processor, read(Field::exit_qualification) & 0xff);
    }
    // The hypervisor's own, before L1 begins. A VM exit outside of SMM saves no blocking by SMI (SDM 30.3.4): if this
    // one does, events that wait are not handled as the manual has it.
    if ((read(Field::guest_interruptibility_state) & event::blocking_by_smi) == 0) {
        __atomic_store_n(&processor.sipi_tried, true, __ATOMIC_RELEASE);
        return write(Field::guest_activity_state, activity::wait_for_sipi);
    }
    write(Field::guest_interruptibility_state, 0);
    intercept_ipis(processor);
    __atomic_store_n(&processor.sipi_tried, true, __ATOMIC_RELEASE);
    start_up(processor, await_sipi(processor));
}

void handle_triple_fault(Processor& processor, Registers& registers) {
    constexpr std::string_view reason = "a triple fault of the guest; the machine is reset";
    report(reason, processor, registers);
    runtime::print(runtime::console, "vmxspec: ", reason, ".\n");  // again, as the last line: that is what is looked at
    runtime::reset();
}

}  // namespace vmxspec::hv
