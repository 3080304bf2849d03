#include "hv/l1/exit.hpp"
#include "hv/l1/instruction.hpp"
#include "hv/l1/ipi.hpp"
#include "hv/l1/msr_policy.hpp"
#include "hv/l1/translation.hpp"
#include "hv/nested/nested.hpp"
#include "runtime/cpu/local_apic.hpp"
#include "runtime/cpu/msr.hpp"

namespace vmxspec::hv {

std::optional<std::uint64_t> read_msr_for(const Processor& processor, std::uint32_t index) {
    const MsrAccess access = msr_access(index, true);
    if (access == MsrAccess::fault) {
        return std::nullopt;
    }
    if (access == MsrAccess::vmx_capability) {
        std::uint64_t value = 0;
        const bool offered = processor.nested != nullptr && offered_capability(*processor.nested, index, value);
        return offered ? std::optional{value} : std::nullopt;
    }
    const auto value = runtime::read_msr(index);
    return value && access == MsrAccess::feature_control
               ? std::optional{shown_feature_control(*value, processor.nested != nullptr)}
               : value;
}

bool write_msr_for(Processor& processor, std::uint32_t index, std::uint64_t value) {
    using runtime::LocalApic;
    constexpr std::uint32_t x2apic_interrupt_command = 0x830;
    if (processor.ipis.intercepted && index == x2apic_interrupt_command && LocalApic::current() &&
        LocalApic::current()->in_x2apic_mode() &&
        deliver_ipi(processor, static_cast<std::uint32_t>(value), static_cast<std::uint32_t>(value >> 32))) {
        return true;
    }
    const MsrAccess access = msr_access(index, false);
    if (access == MsrAccess::fault || (access != MsrAccess::ignore && !runtime::write_msr(index, value))) {
        return false;
    }
    if (access == MsrAccess::memory_type) {
        read_memory_types(processor);
        processor.ept.clear();
        forget_ept(processor);
    }
    return true;
}

void handle_rdmsr(Processor& processor, Registers& registers) {
    const auto value = read_msr_for(processor, static_cast<std::uint32_t>(registers.rcx));
    if (!value) {
        return inject_fault(Exception::general_protection);
    }
    registers.rax = *value & 0xffff'ffff;
    registers.rdx = *value >> 32;
    complete_instruction();
}

void handle_wrmsr(Processor& processor, Registers& registers) {
    const std::uint64_t value = registers.rdx << 32 | (registers.rax & 0xffff'ffff);
    if (!write_msr_for(processor, static_cast<std::uint32_t>(registers.rcx), value)) {
        return inject_fault(Exception::general_protection);
    }
    complete_instruction();
}

}  // namespace vmxspec::hv
