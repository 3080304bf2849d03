/// L1 after an instruction that the hypervisor did in its place, or that faulted.
#pragma once

#include "hv/l1/control_registers.hpp"
#include "hv/l1/processor.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/l1/vmcs_bits.hpp"

namespace vmxspec::hv {

/// Exceptions that are injected (SDM volume 3, table 7-1).
enum class Exception : std::uint8_t {
    invalid_opcode = 6,
    double_fault = 8,
    invalid_tss = 10,
    segment_not_present = 11,
    stack = 12,
    general_protection = 13,
    page_fault = 14,
};

inline constexpr std::uint64_t rflags_tf = 1U << 8, rflags_rf = 1U << 16;
inline constexpr std::uint64_t blocking_by_sti_or_mov_ss = 3;  // interruptibility state (SDM table 27-3)

/// CPL: the DPL of SS (SDM 27.4.1).
[[nodiscard]] inline unsigned guest_cpl() {
    return static_cast<unsigned>(read(Field::guest_ss_access_rights) >> 5 & 3);
}

/// Whether the guest is in 64-bit mode: IA-32e mode is active, and CS.L is 1.
[[nodiscard]] inline bool guest_in_64_bit_mode() {
    return (read(Field::guest_ia32_efer) & efer::lma) != 0 &&
           (read(Field::guest_cs_access_rights) & access_rights_l) != 0;
}

/// The rare part of `complete_instruction`.
void complete_instruction_slowly(std::uint64_t rip, std::uint64_t next, std::uint64_t rflags);

/// The instruction that caused the VM exit is done: RIP is behind it, blocking by STI and by MOV SS is over, RFLAGS.RF
/// is 0, and a single step is pending where one is due.
inline void complete_instruction() {
    const std::uint64_t rip = read(Field::guest_rip);
    const std::uint64_t next = rip + read(Field::exit_instruction_length);
    const std::uint64_t rflags = read(Field::guest_rflags);
    const std::uint64_t interruptibility = read(Field::guest_interruptibility_state);
    if ((interruptibility & blocking_by_sti_or_mov_ss) != 0) {
        write(Field::guest_interruptibility_state, interruptibility & ~blocking_by_sti_or_mov_ss);
    }
    write(Field::guest_rip, next);
    if ((rflags & (rflags_tf | rflags_rf)) != 0 || ((rip ^ next) >> 32) != 0) {
        complete_instruction_slowly(rip, next, rflags);
    }
}

/// The VM exit came at an instruction that is executed now, as if for the first time: debug exceptions pend only behind
/// MOV SS.
void repeat_instruction();

/// The instruction that caused the VM exit faults: the exception, with the error code if it has one, comes with the VM
/// entry.
void inject_fault(Exception exception, std::uint64_t error_code = 0);

/// The general register with that number, in the instructions' encoding.
[[nodiscard]] std::uint64_t general_register(const Registers& registers, std::uint64_t number);
void set_general_register(Registers& registers, std::uint64_t number, std::uint64_t value);

/// The event whose delivery the VM exit has interrupted comes again with the VM entry; if there was none, nothing
/// happens.
void repeat_interrupted_event();

/// The guest goes on where an EPT violation came that is mended: with the event, or else with the instruction.
void repeat_behind_ept_violation(std::uint64_t qualification);

}  // namespace vmxspec::hv
