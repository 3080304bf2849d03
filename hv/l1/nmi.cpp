#include "hv/l1/nmi.hpp"

#include "hv/l1/event.hpp"
#include "hv/l1/processor.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/l1/vmcs_bits.hpp"
#include "hv/nested/nested.hpp"
#include "runtime/cpu/exception.hpp"
#include "runtime/cpu/msr.hpp"

namespace vmxspec::hv {

namespace {

constexpr std::uint64_t nmi_vector = 2;

/// The processor on which this is executed; null before it has one.
[[nodiscard]] const Processor* this_processor() {
    const std::uint64_t gs_base = runtime::read_msr(runtime::msr::ia32_gs_base).value_or(0);
    return gs_base == 0 ? nullptr : *runtime::at<Processor* const>(runtime::PhysicalAddress{gs_base});
}

}  // namespace

// Only this field is written by the handler of an NMI and by what it interrupts; the field is read and written anew
// each time, and an NMI between the two of `withdraw_nmi_window` is the one that goes to L1 anyway.
void request_nmi_window() {
    write(Field::processor_based_controls, read(Field::processor_based_controls) | primary::nmi_window);
}

void withdraw_nmi_window() {
    write(Field::processor_based_controls, read(Field::processor_based_controls) & ~primary::nmi_window);
}

void forget_nmi(const Processor& processor) {
    withdraw_nmi_window();
    static_cast<void>(take_nmi(processor));
}

void unblock_nmi() {
    asm volatile(
        "movq %%rsp, %%rcx\n\t"
        "movl %%ss, %%eax\n\t"
        "pushq %%rax\n\t"
        "pushq %%rcx\n\t"
        "pushfq\n\t"
        "movl %%cs, %%eax\n\t"
        "pushq %%rax\n\t"
        "leaq 1f(%%rip), %%rax\n\t"
        "pushq %%rax\n\t"
        "iretq\n"
        "1:"
        :
        :
        : "rax", "rcx", "cc", "memory");
}

}  // namespace vmxspec::hv

bool vmxspec_own_exception(vmxspec::runtime::ExceptionFrame& frame) {
    using namespace vmxspec::hv;
    if (frame.vector != nmi_vector) {
        return false;
    }
    const Processor* const processor = this_processor();
    if (processor != nullptr && processor->has_vmcs && !keep_nmi(*processor)) {
        request_nmi_window();
        if (__atomic_load_n(&processor->ipis.init, __ATOMIC_SEQ_CST)) {
            // It stands for an INIT, which nothing blocks.
            write(Field::guest_interruptibility_state,
                  read(Field::guest_interruptibility_state) & ~event::blocking_by_nmi);
        }
    }
    return true;  // an NMI before L1 runs has nobody to go to
}
