/// What the hypervisor keeps for each logical processor.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "hv/l1/controls.hpp"
#include "hv/l1/ept.hpp"
#include "hv/l1/memory_types.hpp"
#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/cpu/start_up.hpp"
#include "runtime/memory/address.hpp"

namespace vmxspec::hv {

/// Logical processors that the hypervisor can have.
inline constexpr std::size_t most_processors = runtime::most_arrivals + 1;

struct Processor;
struct Nested;

/// The guest's general registers during a VM exit, as `exit_entry.S` pushes them; RSP is in the VMCS.
struct Registers {
    std::uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
    Processor* processor;  ///< where the host-RSP field points to
};
static_assert(offsetof(Registers, processor) == 120 && sizeof(Registers) == 128);  // as in exit_entry.S

/// What is kept where the hypervisor delivers L1's INIT and start-up IPIs itself (ipi.hpp). Other processors write
/// `init` and `sipi`, and read `waits`, with `Machine::delivering`.
struct Ipis {
    bool intercepted;
    bool init;                              ///< one was sent
    bool waits;                             ///< for a SIPI
    std::uint32_t sipi;                     ///< the vector, with a bit that is always 1; 0: none was sent
    runtime::PhysicalAddress page, shadow;  ///< of the local APIC, and what L1 writes to instead
    bool steps;                             ///< L1 executes an instruction that writes there
    std::uint32_t offset;
    std::uint64_t rflags;  ///< before it
};

/// One logical processor. Its stack ends at `registers`, where every VM exit begins, and begins behind a page that is
/// not mapped.
struct alignas(runtime::page_size) Processor {
    static constexpr std::size_t stack_size = 5 * runtime::page_size;

    std::array<std::byte, runtime::page_size> guard;
    std::array<std::byte, stack_size - sizeof(Registers)> stack;
    Registers registers;

    Processor* self;  ///< where the host's GS base points to
    std::uint32_t number;
    bool is_boot_processor;
    bool has_vmcs;  ///< VMCS01 is current
    bool launched;  ///< there was a VM exit
    bool hole_was_accessed;
    runtime::PhysicalAddress vmxon_region, vmcs;
    runtime::PhysicalAddress ones;  ///< a page of ones: what L1 reads on this processor where the hypervisor is
    runtime::PhysicalAddress ept_memory;
    std::uint32_t apic_id;
    Ipis ipis;
    runtime::Errand errand;  ///< how it got here, if it is not the boot processor
    bool ready;              ///< in VMX operation, and L1 begins on it
    bool sipi_tried;         ///< the wait-for-SIPI state was, once
    std::uint64_t cr0_mask;  ///< bits of CR0 that VMX fixes to 1, but for PE and PG: L1 does not see them
    Controls controls;
    MemoryTypes memory_types;
    Ept ept;
    runtime::DescriptorTables tables;
    Nested* nested;  ///< VMX for L1; null: L1 has none
};
static_assert(offsetof(Processor, self) == 6 * runtime::page_size);

}  // namespace vmxspec::hv
