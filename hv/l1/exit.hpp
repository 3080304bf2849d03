/// VM exits of L1.
#pragma once

#include <optional>

#include "hv/l1/processor.hpp"

extern "C" {
/// exit_entry.S
[[noreturn]] void vmxspec_l1_launch(vmxspec::hv::Registers* registers);
void vmxspec_l1_exit();
void vmxspec_l2_exit();

/// Called by exit_entry.S at each VM exit; L1 goes on when it returns.
void vmxspec_l1_handle(vmxspec::hv::Registers& registers);
/// The same of L2 (hv/nested); L2 or L1 goes on.
void vmxspec_l2_handle(vmxspec::hv::Registers& registers);
/// Called by exit_entry.S when VMLAUNCH or VMRESUME fails.
[[noreturn]] void vmxspec_l1_entry_failed(vmxspec::hv::Registers& registers);
}

namespace vmxspec::hv {

/// Basic exit reasons (SDM appendix C) that come to a handler of their own.
enum class ExitReason : std::uint16_t {
    exception_or_nmi = 0,
    triple_fault = 2,
    init = 3,
    sipi = 4,
    nmi_window = 8,
    task_switch = 9,
    cpuid = 10,
    getsec = 11,
    invd = 13,
    vmcall = 18,
    vmclear = 19,
    vmlaunch = 20,
    vmptrld = 21,
    vmptrst = 22,
    vmread = 23,
    vmresume = 24,
    vmwrite = 25,
    vmxoff = 26,
    vmxon = 27,
    control_register_access = 28,
    rdmsr = 31,
    wrmsr = 32,
    machine_check_at_entry = 41,
    ept_violation = 48,
    ept_misconfiguration = 49,
    invept = 50,
    invvpid = 53,
    xsetbv = 55,
    page_modification_log_full = 62,
};
inline constexpr std::size_t exit_reasons = 56;

/// What is done about a VM exit. L1 goes on when it returns.
using ExitHandler = void (*)(Processor& processor, Registers& registers);

// exit_instruction.cpp
void handle_cpuid(Processor& processor, Registers& registers);
void handle_xsetbv(Processor& processor, Registers& registers);
void handle_invd(Processor& processor, Registers& registers);
void handle_absent_instruction(Processor& processor, Registers& registers);
// exit_msr.cpp
/// RDMSR and WRMSR as the guest of this processor may do it. Nothing, or false: #GP(0).
[[nodiscard]] std::optional<std::uint64_t> read_msr_for(const Processor& processor, std::uint32_t index);
[[nodiscard]] bool write_msr_for(Processor& processor, std::uint32_t index, std::uint64_t value);
void handle_rdmsr(Processor& processor, Registers& registers);
void handle_wrmsr(Processor& processor, Registers& registers);
// exit_control_register.cpp
void handle_control_register(Processor& processor, Registers& registers);
// exit_event.cpp
void handle_exception_or_nmi(Processor& processor, Registers& registers);
void handle_nmi_window(Processor& processor, Registers& registers);
void handle_init(Processor& processor, Registers& registers);
void handle_sipi(Processor& processor, Registers& registers);
void handle_triple_fault(Processor& processor, Registers& registers);
// hv/nested: #UD where L1 has no VMX
void handle_vmclear(Processor& processor, Registers& registers);
void handle_vmlaunch(Processor& processor, Registers& registers);
void handle_vmptrld(Processor& processor, Registers& registers);
void handle_vmptrst(Processor& processor, Registers& registers);
void handle_vmread(Processor& processor, Registers& registers);
void handle_vmresume(Processor& processor, Registers& registers);
void handle_vmwrite(Processor& processor, Registers& registers);
void handle_vmxoff(Processor& processor, Registers& registers);
void handle_vmxon(Processor& processor, Registers& registers);
void handle_vmcall(Processor& processor, Registers& registers);
void handle_invept(Processor& processor, Registers& registers);
void handle_invvpid(Processor& processor, Registers& registers);
// exit_memory.cpp
void handle_ept_violation(Processor& processor, Registers& registers);
void handle_ept_misconfiguration(Processor& processor, Registers& registers);
// exit_task_switch.cpp
void handle_task_switch(Processor& processor, Registers& registers);

/// What comes to no other handler: the full report, and the processor stops.
void handle_unexpected(Processor& processor, Registers& registers);

/// L1 has written where the hypervisor is: what it wrote is forgotten (exit_memory.cpp).
void forget_written(Processor& processor);

}  // namespace vmxspec::hv
