#include "hv/l1/exit.hpp"

#include "hv/l1/event.hpp"
#include "hv/l1/instruction.hpp"
#include "hv/l1/ipi.hpp"
#include "hv/l1/msr_policy.hpp"
#include "hv/l1/nmi.hpp"
#include "hv/l1/physical_memory.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/nested/controls12.hpp"
#include "hv/nested/exit_ept.hpp"
#include "hv/nested/operation.hpp"
#include "hv/nested/reflection.hpp"
#include "hv/nested/shadow02.hpp"
#include "hv/nested/to_l1.hpp"
#include "hv/nested/vmcs02.hpp"
#include "hv/trace/nested_trace.hpp"

namespace vmxspec::hv {

namespace {

[[nodiscard]] bool exits_on_nmi(const Nested& nested) { return (nested.vmcs12.control_pin & pin::nmi_exiting) != 0; }

/// An INIT that came as an NMI (hv/l1/ipi.hpp) is a VM exit for L1. \return whether there was one
[[nodiscard]] bool reflect_init(Processor& processor, Registers& registers) {
    if (!__atomic_exchange_n(&processor.ipis.init, false, __ATOMIC_SEQ_CST)) {
        return false;
    }
    Nested& nested = *processor.nested;
    forget_nmi(processor);
    nested.stale.insert(generated::vmcs02::Row::control_proc);  // L1 may want the window itself
    read_exited(nested);
    nested.exited.information_exit_reason = static_cast<std::uint64_t>(ExitReason::init);
    nested.exited.information_exiting_event = 0;
    reflect(processor, registers);
    return true;
}

void handle_event(Processor& processor, Registers& registers) {
    Nested& nested = *processor.nested;
    const std::uint64_t told = read(Field::exit_interruption_information);
    if ((told >> event::type_place & event::type_mask) != event::nmi) {
        return reflect_as_it_is(processor, registers);  // the exception bitmap is L1's
    }
    unblock_nmi();
    if (reflect_init(processor, registers)) {
        return;
    }
    if (exits_on_nmi(nested) && !nested.nmis_blocked) {
        return reflect_as_it_is(processor, registers);
    }
    keep_nmi(processor);
    pass_on_nmi(nested);
    repeat_interrupted_event();
}

/// The window is the hypervisor's if an NMI waits; else L1's.
void handle_window(Processor& processor, Registers& registers) {
    Nested& nested = *processor.nested;
    if (reflect_init(processor, registers)) {
        return;
    }
    nested.stale.insert(generated::vmcs02::Row::control_proc);  // L1 may want the window itself
    if (!__atomic_load_n(&nested.nmi_pending, __ATOMIC_SEQ_CST)) {
        // L1's, or left by an NMI that L1 has taken (the tests hv.l1.rounds.*.2 have NMIs come twice otherwise).
        return uses(nested.vmcs12, primary::nmi_window) ? reflect_as_it_is(processor, registers)
                                                        : withdraw_nmi_window();
    }
    if (nested.nmis_blocked) {
        return withdraw_nmi_window();  // it waits
    }
    if (!exits_on_nmi(nested)) {
        return handle_nmi_window(processor, registers);
    }
    withdraw_nmi_window();
    static_cast<void>(take_nmi(processor));
    read_exited(nested);
    nested.exited.information_exit_reason = 0;
    nested.exited.information_exiting_event = event::valid | event::nmi << event::type_place | event::nmi_vector;
    reflect(processor, registers);
}

/// Whether L1 has asked for the exit of this access to an MSR (SDM 27.6.9).
[[nodiscard]] bool wants_msr(const Nested& nested, std::uint32_t index, bool is_write) {
    constexpr std::uint32_t low_end = 0x2000, high = 0xc000'0000;
    if (!uses(nested.vmcs12, primary::msr_bitmaps) || (index >= low_end && (index & ~(low_end - 1)) != high)) {
        return true;
    }
    const std::uint64_t bit = index & (low_end - 1);
    const std::uint64_t place = (is_write ? 0x800U : 0U) + (index >= low_end ? 0x400U : 0U) + bit / 8;
    return (read_guest<std::uint8_t>(nested.vmcs12.control_msr_bitmap + place) >> (bit & 7) & 1) != 0;
}

// L2 reads IA32_TIME_STAMP_COUNTER without the hypervisor, which would read L1's (SDM 28.3).
static_assert(msr_access(0x10, true) == MsrAccess::pass);

void handle_msr(Processor& processor, Registers& registers, bool is_write) {
    if (wants_msr(*processor.nested, static_cast<std::uint32_t>(registers.rcx), is_write)) {
        return reflect_as_it_is(processor, registers);
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
    return ((value ^ v.control_cr4_shadow) & v.control_cr4_mask) == 0;
}

/// Exits that may be the hypervisor's business; all others L1 has asked for, or can't avoid.
void dispatch(Processor& processor, Registers& registers, std::uint64_t reason) {
    switch (static_cast<ExitReason>(reason)) {
        case ExitReason::exception_or_nmi: return handle_event(processor, registers);
        case ExitReason::nmi_window: return handle_window(processor, registers);
        case ExitReason::rdmsr: return handle_msr(processor, registers, false);
        case ExitReason::wrmsr: return handle_msr(processor, registers, true);
        case ExitReason::vmread:
        case ExitReason::vmwrite:
            if (ends_field_access(processor, registers, reason == static_cast<std::uint64_t>(ExitReason::vmwrite))) {
                return;
            }
            break;
        case ExitReason::ept_violation: return handle_l2_ept_violation(processor, registers);
        case ExitReason::control_register_access:
            if (is_own_cr4_exit(*processor.nested, registers)) {
                return inject_fault(Exception::general_protection);
            }
            break;
        default: break;
    }
    reflect_as_it_is(processor, registers);
}

/// L2, without EPT of L1's, has written to the local APIC in single step (hv/l1/ipi.hpp). \return whether that was all
[[nodiscard]] bool end_step(Processor& processor) {
    const bool is_over = end_apic_write(processor);
    write(Field::exception_bitmap, processor.nested->vmcs12.control_exception_bitmap);
    return is_over;
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
    const std::uint64_t reason = read(Field::exit_reason);
    if ((reason & entry_failure) != 0) {
        return return_failed_entry(processor, registers);
    }
    trace_entered(*processor.nested, reason);
    processor.nested->vmcs02_launched = true;
    // An instruction that is on its way may write once more, or to more than one page.
    if (processor.nested->ept02.sink_is_open() && reason != static_cast<std::uint64_t>(ExitReason::ept_violation)) {
        forget_written_by_l2(processor);
    }
    if (processor.ipis.intercepted) {
        // Or the next VM entry of L1 fails: KVM with two processors (tests/bochs/hv/kvm), hv.l1.rounds.*.2.
        forget_blocking_by_smi();
    }
    if (processor.ipis.steps && end_step(processor)) {
        return;
    }
    dispatch(processor, registers, reason);
}
