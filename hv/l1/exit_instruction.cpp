#include "hv/l1/exit.hpp"
#include "hv/l1/instruction.hpp"
#include "hv/l1/log.hpp"
#include "hv/l1/machine.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/cpuid.hpp"

extern "C" {
// exit_xsetbv.S
[[nodiscard]] bool vmxspec_xsetbv(std::uint32_t index, std::uint32_t low, std::uint32_t high);
}

namespace vmxspec::hv {

namespace {

// Leaf 1, ECX.
constexpr std::uint32_t cpuid_vmx = 1U << 5, cpuid_smx = 1U << 6, cpuid_osxsave = 1U << 27, cpuid_hypervisor = 1U << 31;
constexpr std::uint32_t hypervisor_leaves = 0x4;   // bits 31:28 of leaves that no processor has
constexpr std::uint32_t cpuid_ospke = 1U << 4;     // leaf 7, ECX
constexpr std::uint32_t cpuid_syscall = 1U << 11;  // leaf 80000001H, EDX
constexpr std::uint64_t cr4_osxsave = 1U << 18, cr4_pke = 1U << 22;

[[nodiscard]] std::uint32_t with(std::uint32_t value, std::uint32_t bit, bool set) {
    return set ? value | bit : value & ~bit;
}

/// L1's processor has no SMX, and VMX only if hv/nested gives it; and bits that depend on control registers and on the
/// mode are to be those of L1, not of the hypervisor.
void adjust(runtime::CpuidResult& r, std::uint32_t leaf, std::uint32_t subleaf, bool has_vmx) {
    switch (leaf) {
        case 1:
            r.ecx = with(r.ecx & ~(cpuid_smx | (has_vmx ? 0 : cpuid_vmx)), cpuid_osxsave,
                         (read(Field::guest_cr4) & cr4_osxsave) != 0);
            r.ecx |= machine.options.log_leaf ? cpuid_hypervisor : 0;
            break;
        case 7:
            if (subleaf == 0) {
                r.ecx = with(r.ecx, cpuid_ospke, (read(Field::guest_cr4) & cr4_pke) != 0);
            }
            break;
        case 0x8000'0001:
            if (!guest_in_64_bit_mode()) {
                r.edx &= ~cpuid_syscall;  // SYSCALL is there in 64-bit mode only
            }
            break;
        default: break;
    }
}

void complete_cpuid(Registers& registers, const runtime::CpuidResult& result) {
    registers.rax = result.eax;
    registers.rbx = result.ebx;
    registers.rcx = result.ecx;
    registers.rdx = result.edx;
    complete_instruction();
}

/// A leaf that no processor has, and hypervisors may have (SDM volume 2, CPUID: 40000000H to 4FFFFFFFH).
[[gnu::noinline]] void complete_cpuid_of_log(Registers& registers, std::uint32_t leaf, std::uint32_t subleaf) {
    complete_cpuid(registers, cpuid_of_log(leaf, subleaf));
}

}  // namespace

void handle_cpuid(Processor& processor, Registers& registers) {
    const auto leaf = static_cast<std::uint32_t>(registers.rax);
    const auto subleaf = static_cast<std::uint32_t>(registers.rcx);
    if (leaf >> 28 == hypervisor_leaves && machine.options.log_leaf) {
        return complete_cpuid_of_log(registers, leaf, subleaf);
    }
    runtime::CpuidResult result = runtime::cpuid(leaf, subleaf);
    adjust(result, leaf, subleaf, processor.nested != nullptr);
    complete_cpuid(registers, result);
}

void handle_xsetbv(Processor& /*processor*/, Registers& registers) {
    // XCR0 is L1's alone, and the processor knows best which values it takes. SDM 28.1.1 puts #GP by CPL before the VM
    // exit, but Bochs 2.7 does not: here the processor's CPL is 0.
    if (guest_cpl() != 0 ||
        !vmxspec_xsetbv(static_cast<std::uint32_t>(registers.rcx), static_cast<std::uint32_t>(registers.rax),
                        static_cast<std::uint32_t>(registers.rdx))) {
        return inject_fault(Exception::general_protection);
    }
    complete_instruction();
}

void handle_invd(Processor& /*processor*/, Registers& /*registers*/) {
    // INVD would throw away what the hypervisor has written, too.
    asm volatile("wbinvd" : : : "memory");
    complete_instruction();
}

void handle_absent_instruction(Processor& /*processor*/, Registers& /*registers*/) {
    inject_fault(Exception::invalid_opcode);
}

}  // namespace vmxspec::hv
