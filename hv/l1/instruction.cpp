#include "hv/l1/instruction.hpp"

#include <array>

#include "hv/l1/event.hpp"

namespace vmxspec::hv {

namespace {

constexpr std::uint64_t debugctl_btf = 1U << 1;  // IA32_DEBUGCTL
constexpr std::uint64_t pending_single_step = 1U << 14;

// By number; RSP is in the VMCS.
constexpr unsigned rsp_number = 4;
constexpr std::array<std::uint64_t Registers::*, 16> by_number{
    &Registers::rax, &Registers::rcx, &Registers::rdx, &Registers::rbx, nullptr,         &Registers::rbp,
    &Registers::rsi, &Registers::rdi, &Registers::r8,  &Registers::r9,  &Registers::r10, &Registers::r11,
    &Registers::r12, &Registers::r13, &Registers::r14, &Registers::r15};

}  // namespace

std::uint64_t general_register(const Registers& registers, std::uint64_t number) {
    number &= 0xf;
    return number == rsp_number ? read(Field::guest_rsp) : registers.*by_number[number];
}

void set_general_register(Registers& registers, std::uint64_t number, std::uint64_t value) {
    number &= 0xf;
    if (number == rsp_number) {
        write(Field::guest_rsp, value);
    } else {
        registers.*by_number[number] = value;
    }
}

void complete_instruction_slowly(std::uint64_t rip, std::uint64_t next, std::uint64_t rflags) {
    if (((rip ^ next) >> 32) != 0 && (read(Field::guest_cs_access_rights) & access_rights_l) == 0) {
        write(Field::guest_rip, next & 0xffff'ffff);  // EIP has wrapped around
    }
    if ((rflags & rflags_rf) != 0) {
        write(Field::guest_rflags, rflags & ~rflags_rf);
    }
    // With BTF, TF traps branches only, and no instruction that comes here is one.
    if ((rflags & rflags_tf) != 0 && (read(Field::guest_ia32_debugctl) & debugctl_btf) == 0) {
        write(Field::guest_pending_debug_exceptions, read(Field::guest_pending_debug_exceptions) | pending_single_step);
    }
}

void repeat_instruction() {
    constexpr std::uint64_t blocking_by_mov_ss = 2;
    if ((read(Field::guest_interruptibility_state) & blocking_by_mov_ss) == 0) {
        // SDM 30.3.4; but Bochs 2.7 leaves the instruction's own single step and data breakpoints there.
        return write(Field::guest_pending_debug_exceptions, 0);
    }
    // Whether BS is saved depends on the processor, and the VM entry demands it (30.3.4, 29.3.1.5).
    if ((read(Field::guest_rflags) & rflags_tf) != 0 && (read(Field::guest_ia32_debugctl) & debugctl_btf) == 0) {
        write(Field::guest_pending_debug_exceptions, read(Field::guest_pending_debug_exceptions) | pending_single_step);
    }
}

void inject_fault(Exception exception, std::uint64_t error_code) {
    const auto vector = static_cast<std::uint64_t>(exception);
    std::uint64_t information = event::valid | event::hardware_exception << event::type_place | vector;
    // Real mode pushes no error code (SDM 29.2.1.3).
    if (exception != Exception::invalid_opcode && (read(Field::guest_cr0) & cr0::pe) != 0) {
        information |= event::deliver_error_code;
        write(Field::entry_exception_error_code, error_code);
    }
    write(Field::entry_interruption_information, information);
    // The delivery ends blocking by STI and by MOV SS (SDM 29.7.1); with it and TF, BS would have to be pending
    // (29.3.1.5).
    write(Field::guest_interruptibility_state, read(Field::guest_interruptibility_state) & ~blocking_by_sti_or_mov_ss);
    // The handler returns to the instruction: what its breakpoint had to say was said (SDM volume 3, section 20.3.1.1).
    write(Field::guest_rflags, read(Field::guest_rflags) | rflags_rf);
}

void repeat_interrupted_event() {
    const std::uint64_t interrupted = read(Field::idt_vectoring_information);
    if ((interrupted & event::valid) == 0) {
        return;
    }
    const std::uint64_t type = interrupted >> event::type_place & event::type_mask;
    write(Field::entry_interruption_information, interrupted & ~event::undefined);
    // As an injected fault, the event ends blocking by STI and by MOV SS; but a software interrupt behind MOV SS still
    // has the debug exceptions that pend (SDM 29.7.3).
    const bool hardware = type != event::software_interrupt && type != event::software_exception;
    if (hardware) {
        write(Field::guest_interruptibility_state,
              read(Field::guest_interruptibility_state) & ~blocking_by_sti_or_mov_ss);
    } else {
        repeat_instruction();
    }
    if ((interrupted & event::deliver_error_code) != 0) {
        write(Field::entry_exception_error_code, read(Field::idt_vectoring_error_code));
    }
    if (type == event::software_interrupt || type == event::privileged_software_exception ||
        type == event::software_exception) {
        write(Field::entry_instruction_length, read(Field::exit_instruction_length));
    }
    if (type == event::nmi) {
        // It is delivered again, and blocks then.
        write(Field::guest_interruptibility_state, read(Field::guest_interruptibility_state) & ~event::blocking_by_nmi);
    }
}

void repeat_behind_ept_violation(std::uint64_t qualification) {
    if ((read(Field::idt_vectoring_information) & event::valid) != 0) {
        return repeat_interrupted_event();
    }
    // Without it, the demo guest (for L2: hv.l1.demo) has a single step twice, behind a page that was not mapped.
    repeat_instruction();
    // IRET has ended blocking by NMI and is executed once more (SDM 30.2.3).
    if ((qualification & ept_violation::nmi_unblocking_due_to_iret) != 0) {
        write(Field::guest_interruptibility_state, read(Field::guest_interruptibility_state) | event::blocking_by_nmi);
    }
}

}  // namespace vmxspec::hv
