#include "hv/l1/exit.hpp"
#include "hv/l1/instruction.hpp"
#include "hv/l1/ipi.hpp"
#include "hv/l1/msr_policy.hpp"
#include "hv/l1/translation.hpp"
#include "runtime/cpu/local_apic.hpp"

namespace vmxspec::hv {

void handle_rdmsr(Processor& /*processor*/, Registers& registers) {
    const auto index = static_cast<std::uint32_t>(registers.rcx);
    const MsrAccess access = msr_access(index, true);
    const auto value = access == MsrAccess::fault ? std::nullopt : runtime::read_msr(index);
    if (!value) {
        return inject_fault(Exception::general_protection);
    }
    const std::uint64_t shown = access == MsrAccess::feature_control ? shown_feature_control(*value) : *value;
    registers.rax = shown & 0xffff'ffff;
    registers.rdx = shown >> 32;
    complete_instruction();
}

void handle_wrmsr(Processor& processor, Registers& registers) {
    using runtime::LocalApic;
    constexpr std::uint32_t x2apic_interrupt_command = 0x830;
    const auto index = static_cast<std::uint32_t>(registers.rcx);
    const std::uint64_t value = registers.rdx << 32 | (registers.rax & 0xffff'ffff);
    if (processor.ipis.intercepted && index == x2apic_interrupt_command && LocalApic::current() &&
        LocalApic::current()->in_x2apic_mode() &&
        deliver_ipi(processor, static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32))) {
        return complete_instruction();
    }
    const MsrAccess access = msr_access(index, false);
    if (access == MsrAccess::fault || (access != MsrAccess::ignore && !runtime::write_msr(index, value))) {
        return inject_fault(Exception::general_protection);
    }
    if (access == MsrAccess::memory_type) {
        read_memory_types(processor);
        processor.ept.clear();
        forget_ept(processor);
    }
    complete_instruction();
}

}  // namespace vmxspec::hv
