#include "hv/l1/exit.hpp"

#include "hv/l1/event.hpp"
#include "hv/l1/instruction.hpp"
#include "hv/l1/nmi.hpp"
#include "hv/l1/report.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/nested/controls12.hpp"
#include "hv/nested/entry.hpp"
#include "hv/nested/guest_memory.hpp"
#include "hv/nested/translation.hpp"
#include "hv/nested/vmcs02.hpp"

namespace vmxspec::hv {

namespace {

/// VM-exit information that L1 gets as it is, in the order of SDM appendix B.
constexpr std::array information{
    Field::exit_interruption_information,
    Field::exit_interruption_error_code,
    Field::idt_vectoring_information,
    Field::idt_vectoring_error_code,
    Field::exit_instruction_length,
    Field::exit_instruction_information,
    Field::io_rcx,
    Field::io_rsi,
    Field::io_rdi,
    Field::io_rip,
    Field::guest_linear_address,
};

/// How a VM exit looks to L1 where that differs from what the processor says.
struct Reflection {
    std::uint64_t reason, qualification;
};

void reflect(Processor& processor, Registers& registers, const Reflection& exit) {
    Nested& nested = *processor.nested;
    Vmcs12& v = nested.vmcs12;
    save_guest_state(processor);
    v[Field::exit_reason] = exit.reason;
    v[Field::exit_qualification] = exit.qualification;
    for (const Field field : information) {
        v[field] = read(field);
    }
    if (uses_secondary<secondary::ept>(v)) {
        v[Field::guest_physical_address] = read(Field::guest_physical_address);
    }
    v[Field::entry_interruption_information] &= ~event::valid;  // SDM 30.2.4
    Leaving leaving{};
    generated::ExitState<std::uint64_t>& x = leaving.state;
    x.cr0 = v[Field::guest_cr0];
    x.cr3 = v[Field::guest_cr3];
    x.cr4 = v[Field::guest_cr4];
    x.efer = read(Field::guest_ia32_efer);
    x.reason = exit.reason;
    x.by_nmi = exit.reason == 0 && (v[Field::exit_interruption_information] >> event::type_place & event::type_mask) ==
                                       event::nmi;
    leaving.pat = processor.controls.pat ? read(Field::guest_ia32_pat) : 0;
    store_msrs(processor, registers, leaving);
    exit_to_l1(processor, registers, leaving);
}

/// An exit as the processor tells it.
void reflect(Processor& processor, Registers& registers, std::uint64_t reason) {
    reflect(processor, registers, {reason, read(Field::exit_qualification)});
}

[[nodiscard]] bool exits_on_nmi(const Nested& nested) {
    return (nested.vmcs12[Field::pin_based_controls] & pin::nmi_exiting) != 0;
}

void handle_event(Processor& processor, Registers& registers) {
    Nested& nested = *processor.nested;
    const std::uint64_t told = read(Field::exit_interruption_information);
    if ((told >> event::type_place & event::type_mask) != event::nmi) {
        return reflect(processor, registers, 0);  // the exception bitmap is L1's
    }
    unblock_nmi();
    if (exits_on_nmi(nested) && !nested.nmis_blocked) {
        return reflect(processor, registers, 0);
    }
    nested.nmi_pending = true;
    if (!nested.nmis_blocked) {
        request_nmi_window();
    }
    repeat_interrupted_event();
}

/// The window is the hypervisor's if an NMI waits; else L1's.
void handle_window(Processor& processor, Registers& registers) {
    Nested& nested = *processor.nested;
    if (!nested.nmi_pending) {
        return reflect(processor, registers, static_cast<std::uint64_t>(ExitReason::nmi_window));
    }
    nested.nmi_pending = false;
    if (!exits_on_nmi(nested)) {
        return handle_nmi_window(processor, registers);
    }
    withdraw_nmi_window();
    write(Field::processor_based_controls, read(Field::processor_based_controls) |
                                               (nested.vmcs12[Field::processor_based_controls] & primary::nmi_window));
    reflect(processor, registers, 0);
    nested.vmcs12[Field::exit_interruption_information] =
        event::valid | event::nmi << event::type_place | event::nmi_vector;
}

/// Whether L1 has asked for the exit of this access to an MSR (SDM 27.6.9).
[[nodiscard]] bool wants_msr(const Nested& nested, std::uint32_t index, bool is_write) {
    constexpr std::uint32_t low_end = 0x2000, high = 0xc000'0000;
    if (!uses<primary::msr_bitmaps>(nested.vmcs12) || (index >= low_end && (index & ~(low_end - 1)) != high)) {
        return true;
    }
    const std::uint64_t bit = index & (low_end - 1);
    const std::uint64_t place = (is_write ? 0x800U : 0U) + (index >= low_end ? 0x400U : 0U) + bit / 8;
    return (read_guest<std::uint8_t>(nested.vmcs12[Field::msr_bitmap] + place) >> (bit & 7) & 1) != 0;
}

void handle_msr(Processor& processor, Registers& registers, bool is_write) {
    const ExitReason reason = is_write ? ExitReason::wrmsr : ExitReason::rdmsr;
    if (wants_msr(*processor.nested, static_cast<std::uint32_t>(registers.rcx), is_write)) {
        return reflect(processor, registers, static_cast<std::uint64_t>(reason));
    }
    is_write ? handle_wrmsr(processor, registers) : handle_rdmsr(processor, registers);
}

/// L2 has tried to set CR4.SMXE, which nobody has, where L1 has not masked it.
[[nodiscard]] bool is_own_cr4_exit(const Nested& nested, const Registers& registers) {
    const std::uint64_t qualification = read(Field::exit_qualification);
    constexpr std::uint64_t number_and_type = 0x3f, move_to_cr4 = 4;
    if ((qualification & number_and_type) != move_to_cr4) {
        return false;
    }
    const std::uint64_t value = general_register(registers, qualification >> 8);
    const Vmcs12& v = nested.vmcs12;
    return ((value ^ v[Field::cr4_read_shadow]) & v[Field::cr4_guest_host_mask]) == 0;
}

/// Exit qualification of EPT violations (SDM table 30-7).
namespace violation {
constexpr std::uint64_t access = 7, nmi_unblocking_due_to_iret = 1U << 12;
constexpr unsigned rights_place = 3;
}  // namespace violation

void handle_ept(Processor& processor, Registers& registers) {
    Nested& nested = *processor.nested;
    if (!uses_secondary<secondary::ept>(nested.vmcs12)) {
        return handle_ept_violation(processor, registers);
    }
    const std::uint64_t qualification = read(Field::exit_qualification);
    const EptAnswer answer =
        nested.ept02.fill(read(Field::guest_physical_address), qualification & violation::access);
    switch (answer.outcome) {
        case EptOutcome::violation:
            return reflect(processor, registers,
                           {static_cast<std::uint64_t>(ExitReason::ept_violation),
                            (qualification & ~(violation::access << violation::rights_place)) |
                                answer.rights << violation::rights_place});
        case EptOutcome::misconfigured:
            return reflect(processor, registers, {static_cast<std::uint64_t>(ExitReason::ept_misconfiguration), 0});
        case EptOutcome::mapped: break;
    }
    if (answer.invalidate) {
        invalidate_ept(processor, read(Field::eptp));
    }
    if ((read(Field::idt_vectoring_information) & event::valid) != 0) {
        return repeat_interrupted_event();
    }
    // IRET has ended blocking by NMI and is executed once more (SDM 30.2.3).
    if ((qualification & violation::nmi_unblocking_due_to_iret) != 0) {
        write(Field::guest_interruptibility_state, read(Field::guest_interruptibility_state) | event::blocking_by_nmi);
    }
}

/// Exits that may be the hypervisor's business; all others L1 has asked for, or can't avoid.
void dispatch(Processor& processor, Registers& registers, std::uint64_t reason) {
    switch (static_cast<ExitReason>(reason)) {
        case ExitReason::exception_or_nmi: return handle_event(processor, registers);
        case ExitReason::nmi_window: return handle_window(processor, registers);
        case ExitReason::rdmsr: return handle_msr(processor, registers, false);
        case ExitReason::wrmsr: return handle_msr(processor, registers, true);
        case ExitReason::ept_violation: return handle_ept(processor, registers);
        case ExitReason::control_register_access:
            if (is_own_cr4_exit(*processor.nested, registers)) {
                return inject_fault(Exception::general_protection);
            }
            break;
        default: break;
    }
    reflect(processor, registers, reason);
}

}  // namespace

}  // namespace vmxspec::hv

void vmxspec_l2_handle(vmxspec::hv::Registers& registers) {
    using namespace vmxspec::hv;
    constexpr std::uint64_t entry_failure = std::uint64_t{1} << 31;
    Processor& processor = *registers.processor;
    if (processor.ept.hole_is_open()) {
        forget_written(processor);
    }
    processor.nested->vmcs02_launched = true;
    const std::uint64_t reason = read(Field::exit_reason);
    if ((reason & entry_failure) != 0) {
        handle_unexpected(processor, registers);  // the checks and the translation say that it can't be
    }
    dispatch(processor, registers, reason);
}
