#include "tests/bochs/probe/legacy_mode.hpp"

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "tests/bochs/probe/memory.hpp"

namespace {

constexpr std::uint32_t on_the_way = 3;  // no VmxOutcome: VMXON or VMPTRLD failed

/// What legacy_mode.S is given.
struct LegacyEntry {
    std::uint64_t vmxon_region;
    std::uint64_t vmcs;
    std::uint32_t cr3;
    std::uint32_t cr4;
};

}  // namespace

extern "C" {
// legacy_mode.S
std::uint32_t vmxspec_legacy_vm_entry(const LegacyEntry* entry);
void vmxspec_legacy_vm_exit();
extern std::uint32_t vmxspec_legacy_stack_end;
}

namespace vmxspec::probe {

namespace {

using runtime::raw;
using runtime::VmxOutcome;

constexpr std::uint64_t lme_lma = 1U << 8 | 1U << 10;

}  // namespace

LegacyMode::LegacyMode(runtime::PageAllocator& pages, runtime::PhysicalAddress page_directory)
    : vmxon_region_{zeroed_page(pages)}, page_directory_{page_directory} {
    *runtime::at<std::uint32_t>(vmxon_region_) = runtime::vmcs_revision();
}

hv::ProcessorMode LegacyMode::mode() const {
    const std::uint64_t cr4 = (runtime::read_cr4() & ~control::cr4_pae) | control::cr4_pse;
    const std::uint64_t efer = runtime::read_msr(runtime::msr::ia32_efer).value_or(0) & ~lme_lma;
    return {runtime::read_cr0(), raw(page_directory_), cr4, efer, false};
}

void LegacyMode::describe_host(VmcsImage& image) const {
    const hv::ProcessorMode host = mode();
    image.apply({Change::Kind::clear_bits, Field::exit_controls, control::host_address_space_size});
    image.set(Field::host_cr3, host.cr3);
    image.set(Field::host_cr4, host.cr4);
    image.set(Field::host_es_selector, runtime::selector::data32);
    image.set(Field::host_cs_selector, runtime::selector::code32);
    image.set(Field::host_ss_selector, runtime::selector::data32);
    image.set(Field::host_ds_selector, runtime::selector::data32);
    image.set(Field::host_rsp, reinterpret_cast<std::uint64_t>(&vmxspec_legacy_stack_end));
    image.set(Field::host_rip, reinterpret_cast<std::uint64_t>(&vmxspec_legacy_vm_exit));
}

VmxOutcome LegacyMode::enter(runtime::PhysicalAddress vmcs) const {
    if (runtime::vmclear(vmcs) != VmxOutcome::succeed || runtime::vmxoff() != VmxOutcome::succeed) {
        runtime::refuse("VMCLEAR or VMXOFF failed on the way to legacy mode");
    }
    const hv::ProcessorMode there = mode();
    const LegacyEntry entry{raw(vmxon_region_), raw(vmcs), static_cast<std::uint32_t>(there.cr3),
                            static_cast<std::uint32_t>(there.cr4)};
    const std::uint32_t outcome = vmxspec_legacy_vm_entry(&entry);
    if (outcome == on_the_way) {
        runtime::refuse("VMXON or VMPTRLD failed in legacy mode");
    }
    if (runtime::vmxon(vmxon_region_) != VmxOutcome::succeed || runtime::vmptrld(vmcs) != VmxOutcome::succeed) {
        runtime::refuse("VMXON or VMPTRLD failed on the way back from legacy mode");
    }
    return static_cast<VmxOutcome>(outcome);
}

}  // namespace vmxspec::probe
