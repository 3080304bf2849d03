/// What the test hypervisors share that run bare, as the hypervisor's guest, or under it twice: their VMCSs, their half
/// of the machine, and EPT of their own.
#pragma once

#include <cstdint>
#include <string_view>

#include "hv/l1/vmcs_field.hpp"
#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/cpu/vm_entry.hpp"
#include "runtime/memory/page_allocator.hpp"

namespace vmxspec::l1 {

using hv::encoding;
using hv::Field;
using hv::nth;
using runtime::PhysicalAddress;

// Page-modification logging, of which the hypervisor has no field (SDM appendix B), and its control (table 27-7).
inline constexpr Field pml_index{0x0812}, pml_address{0x200e};
inline constexpr std::uint64_t enable_pml = 1U << 17;

/// Says what has failed, and with which numbers, and halts the machine.
[[noreturn]] void fail(std::string_view what);

void set(Field field, std::uint64_t value);
[[nodiscard]] std::uint64_t get(Field field);

[[nodiscard]] PhysicalAddress zeroed_page(runtime::PageAllocator& pages);

/// The zeroed page becomes a VMCS, clear and current.
void make_vmcs(PhysicalAddress vmcs);

/// The control word with the settings that the processor forces. Fails if it does not allow one of `wanted`.
[[nodiscard]] std::uint64_t allowed(Field controls, std::uint64_t wanted);
/// Whether the processor allows these settings.
[[nodiscard]] bool allows(Field controls, std::uint64_t wanted);

/// The host state: the kernel as it is, on `frame`. The tables and the IDT are those that the processor uses.
void write_host(const runtime::VmEntryFrame& frame, const runtime::DescriptorTables& tables, std::uint64_t idt);

/// The guest state: 64-bit mode at CPL 0 with L1's control registers, but CR3, RIP, RSP and RFLAGS are still to be
/// written.
void write_guest64(const runtime::DescriptorTables& tables, std::uint64_t idt);

/// Paging structures of EPT, empty at first (SDM 31.3.2).
class Ept {
public:
    static constexpr std::uint64_t read = 1, write = 2, execute = 4, all = 7;

    explicit Ept(runtime::PageAllocator& pages) : pages_{pages}, root_{zeroed_page(pages)} {}

    [[nodiscard]] std::uint64_t pointer() const;
    /// Guest-physical page to physical page, write-back.
    void map(std::uint64_t guest_physical, PhysicalAddress page, std::uint64_t rights = all);
    /// The first 4 GiB, each address to itself, in pages of 2 MiB.
    void map_identity();
    /// A page of 2 MiB or 1 GiB, write-back.
    void map_large(std::uint64_t guest_physical, std::uint64_t page, std::uint64_t size, std::uint64_t rights);
    /// The entry of that level leads to that structure; to none if it is 0.
    void map_structure(std::uint64_t guest_physical, std::uint64_t structure, unsigned level) {
        entry(guest_physical, level) = structure == 0 ? 0 : structure | all;
    }
    /// Takes those 2 MiB out again.
    void unmap_large(std::uint64_t guest_physical) { entry(guest_physical, 2) = 0; }

private:
    [[nodiscard]] std::uint64_t& entry(std::uint64_t guest_physical, unsigned level);

    runtime::PageAllocator& pages_;
    PhysicalAddress root_;
};

}  // namespace vmxspec::l1
