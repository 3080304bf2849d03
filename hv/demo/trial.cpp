#include "hv/demo/trial.hpp"

#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/cpu/exception.hpp"

extern "C" {
// trial_entry.S
void vmxspec_demo_trial(vmxspec::demo::Trial* trial);
extern const char vmxspec_demo_landing[];  // NOLINT(*-avoid-c-arrays)
}

namespace vmxspec::demo {

namespace {

namespace selector = runtime::selector;

constexpr std::uint64_t debug_vector = 1, nmi_vector = 2, breakpoint_vector = 3, invalid_opcode_vector = 6;
constexpr std::uint64_t dr6_empty = 0xffff'0ff0;

constinit Trial* open_trial = nullptr;
constinit unsigned nmi_count = 0;

alignas(64) constinit std::array<std::uint8_t, 64> code_place{};
alignas(16) constinit std::array<std::uint8_t, 8192> trial_stack{};

[[nodiscard]] std::uint64_t take_dr6() {
    std::uint64_t value;
    asm volatile("mov %%dr6, %0" : "=r"(value));
    asm volatile("mov %0, %%dr6" : : "r"(dr6_empty));
    return value;
}

/// Whether one of the breakpoints that DR6 names is one on instructions, which is a fault.
[[nodiscard]] bool is_instruction_breakpoint(std::uint64_t dr6) {
    const std::uint64_t dr7 = runtime::read_dr7();
    for (unsigned n = 0; n < 4; ++n) {
        if ((dr6 >> n & 1) != 0 && (dr7 >> (16 + 4 * n) & 3) == 0 && (dr7 >> 2 * n & 3) != 0) {
            return true;
        }
    }
    return false;
}

void end(Trial& trial, runtime::ExceptionFrame& frame) {
    trial.registers = {frame.rax, frame.rcx, frame.rdx, frame.rbx, frame.rsi, frame.rdi};
    open_trial = nullptr;
    frame.rip = reinterpret_cast<std::uint64_t>(vmxspec_demo_landing);
    frame.cs = selector::code;
    frame.rflags = rflags_always;
    frame.rsp = trial.stack;
    frame.ss = selector::data;
}

[[nodiscard]] bool note(runtime::ExceptionFrame& frame) {
    if (frame.vector == nmi_vector) {
        ++nmi_count;
        return true;
    }
    if (open_trial == nullptr) {
        return false;
    }
    Trial& trial = *open_trial;
    const Event event{frame.vector, frame.error_code, frame.rip, frame.rflags, runtime::read_cr2(), take_dr6()};
    if (trial.count < trial.events.size()) {
        trial.events[trial.count] = event;
    }
    ++trial.count;
    if (frame.vector == debug_vector && is_instruction_breakpoint(event.dr6)) {
        frame.rflags |= rflags_rf;
    }
    if (frame.vector != debug_vector && frame.vector != breakpoint_vector) {
        end(trial, frame);
    }
    return true;
}

}  // namespace

std::uint64_t place(const Code& code) {
    __builtin_memcpy(code_place.data(), code.bytes.data(), code.size);
    code_place[code.size] = 0x0f;  // UD2
    code_place[code.size + 1] = 0x0b;
    return reinterpret_cast<std::uint64_t>(code_place.data());
}

Trial trial_at(std::uint64_t rip, const TrialRegisters& registers) {
    Trial trial{};
    trial.rip = rip;
    trial.cs = selector::code;
    trial.rflags = rflags_always;
    trial.rsp = reinterpret_cast<std::uint64_t>(trial_stack.data() + trial_stack.size());
    trial.ss = selector::data;
    trial.data_segment = selector::data;
    trial.registers = registers;
    return trial;
}

void run(Trial& trial) {
    static_cast<void>(take_dr6());
    trial.count = 0;
    open_trial = &trial;
    vmxspec_demo_trial(&trial);
}

bool completed(const Trial& trial, std::uint64_t begin, const Code& code) {
    return trial.last().vector == invalid_opcode_vector && trial.last().rip == begin + code.size;
}

std::uint64_t vector_of(const Code& code, const TrialRegisters& registers) {
    Trial trial = trial_at(place(code), registers);
    run(trial);
    return completed(trial, trial.rip, code) ? none : trial.last().vector;
}

unsigned nmis() { return __atomic_load_n(&nmi_count, __ATOMIC_RELAXED); }

}  // namespace vmxspec::demo

bool vmxspec_own_exception(vmxspec::runtime::ExceptionFrame& frame) { return vmxspec::demo::note(frame); }
