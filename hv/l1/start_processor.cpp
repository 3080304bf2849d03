#include "hv/l1/start_processor.hpp"

#include "hv/l1/boot_log.hpp"
#include "hv/l1/control_registers.hpp"
#include "hv/l1/entry_check.hpp"
#include "hv/l1/exit.hpp"
#include "hv/l1/log.hpp"
#include "hv/l1/machine.hpp"
#include "hv/l1/translation.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/nested/nested.hpp"
#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/cpuid.hpp"
#include "runtime/cpu/interrupt_table.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/vmx.hpp"
#include "runtime/cpu/vmx_operation.hpp"

namespace vmxspec::hv {

namespace {

using runtime::PhysicalAddress;
using runtime::refuse;
using runtime::VmxOutcome;

/// Pages of a processor's EPT: the first 4 GiB in pieces of 2 MiB, some of them in pieces of 4 KiB, and enough for what
/// one instruction may touch elsewhere.
constexpr std::size_t ept_pages = 40;

[[nodiscard]] PhysicalAddress pages(std::size_t count) {
    const auto taken = machine.pool.take(count);
    if (!taken) {
        refuse("the hypervisor has too little memory of its own for so many processors");
    }
    return *taken;
}

void make_vmcs_current(Processor& processor) {
    *runtime::at<std::uint32_t>(processor.vmcs) = runtime::vmcs_revision();
    if (runtime::vmclear(processor.vmcs) != VmxOutcome::succeed ||
        runtime::vmptrld(processor.vmcs) != VmxOutcome::succeed) {
        refuse("VMCLEAR or VMPTRLD of the guest's VMCS has failed");
    }
    processor.has_vmcs = true;
}

/// CR4.OSXSAVE, for XSETBV in L1's place.
void enable_xsetbv() {
    constexpr std::uint32_t cpuid_xsave = 1U << 26;  // leaf 1, ECX
    constexpr std::uint64_t cr4_osxsave = 1U << 18;
    if ((runtime::cpuid(1).ecx & cpuid_xsave) != 0) {
        runtime::write_cr4(runtime::read_cr4() | cr4_osxsave);
    }
}

/// As this processor's capabilities and MTRRs want it.
void build_ept(Processor& processor) {
    const auto read = [](std::uint32_t index) { return runtime::read_msr(index).value_or(0); };
    if (const auto refusal = choose_controls(Capabilities::read_from(read), processor.controls)) {
        refuse(sentence(*refusal));
    }
    read_memory_types(processor);
    const std::uint64_t begin = raw(processor.ept_memory);
    processor.ept = Ept{processor.memory_types, machine.image.all, processor.ones, processor.controls.ept_pages,
                        PagePool{{begin, begin + ept_pages * runtime::page_size}}};
    forget_ept(processor);
    forget_linear(processor);
    // Not the hypervisor's own pages: the first access to one is to be seen.
    processor.ept.map({0, machine.image.all.begin});
    processor.ept.map({machine.image.all.end, runtime::mapped_end});
}

/// The fault that `break=` asks for.
void break_field() {
    if (const auto& broken = machine.options.break_field) {
        if (runtime::vmwrite(broken->encoding, broken->value) != VmxOutcome::succeed) {
            refuse("the VMCS does not have the field that break= names");
        }
    }
}

}  // namespace

Processor& new_processor() {
    if (machine.processor_count == most_processors) {
        refuse("the machine has more than 64 processors");
    }
    auto* const processor =
        runtime::at<Processor>(pages((sizeof(Processor) + runtime::page_size - 1) / runtime::page_size));
    processor->self = processor;
    processor->registers.processor = processor;
    processor->vmxon_region = pages(1);
    processor->vmcs = pages(1);
    processor->ones = pages(1);
    __builtin_memset(runtime::at<void>(processor->ones), 0xff, runtime::page_size);
    processor->ept_memory = pages(ept_pages);
    processor->ipis.shadow = pages(1);
    processor->number = static_cast<std::uint32_t>(machine.processor_count);
    processor->nested = machine.options.nested ? reserve_nested(processor->number) : nullptr;
    machine.paging.guard(runtime::address_of(&processor->guard));
    machine.processors[machine.processor_count++] = processor;
    return *processor;
}

void begin_vmx(Processor& processor) {
    using runtime::LocalApic;
    const std::uint64_t apic_base = runtime::read_msr(LocalApic::ia32_apic_base).value_or(LocalApic::is_boot_processor);
    processor.is_boot_processor = (apic_base & LocalApic::is_boot_processor) != 0;
    if (const auto apic = LocalApic::current()) {
        processor.apic_id = apic->id();
    }
    runtime::write_cr3(machine.paging.root());  // its guard page is no more there
    processor.tables.load();
    runtime::interrupt_table.load();
    if (!runtime::write_msr(runtime::msr::ia32_gs_base, reinterpret_cast<std::uint64_t>(&processor.self))) {
        refuse("IA32_GS_BASE can't be written");
    }
    enable_xsetbv();
    if (const auto refusal = runtime::enter_vmx_operation(processor.vmxon_region)) {
        refuse(sentence(*refusal));
    }
    processor.cr0_mask = runtime::fixed_cr0(0) & ~(cr0::pe | cr0::pg);
    make_vmcs_current(processor);
    build_ept(processor);
    write_vmcs01(processor);
    if (processor.nested != nullptr) {
        begin_nested(processor);
    }
}

void run_guest(Processor& processor) {
    check_entry(processor, processor.registers, runtime::VmEntryInstruction::vmlaunch);
    if (processor.number == 0) {
        break_field();
    }
    __atomic_store_n(&processor.ready, true, __ATOMIC_RELEASE);
    vmxspec_l1_launch(&processor.registers);
}

}  // namespace vmxspec::hv
