#include "hv/check/memory_operands.hpp"

#include <cstddef>

namespace vmxspec::hv {

namespace {

/// The bytes as they lie, of whatever alignment: the address is the guest hypervisor's choice.
template <class T>
std::optional<T> read(std::span<const runtime::Region> regions, std::uint64_t address, bool& unreadable) {
    if (!readable(regions, address, sizeof(T))) {
        unreadable = true;
        return std::nullopt;
    }
    T value;
    __builtin_memcpy(&value, runtime::at<const std::byte>(runtime::PhysicalAddress{address}), sizeof value);
    return value;
}

}  // namespace

bool readable(std::span<const runtime::Region> regions, std::uint64_t address, std::uint64_t size) {
    const std::uint64_t end = address + size;
    if (end < address || end > runtime::mapped_end) {
        return false;
    }
    for (const runtime::Region& region : regions) {
        if (region.begin <= address && end <= region.end) {
            return true;
        }
    }
    return false;
}

MemoryOperands read_memory_operands(State& s, std::span<const runtime::Region> regions) {
    const MemoryReads reads = memory_reads(s);
    MemoryOperands operands;
    if (reads.vtpr) {
        operands.vtpr = read<std::uint8_t>(regions, s.control_virtual_apic + vtpr_offset, operands.unreadable);
    }
    if (reads.link_word) {
        operands.link_word = read<std::uint32_t>(regions, s.guest_link_pointer, operands.unreadable);
    }
    if (reads.pdptes) {
        operands.pdptes =
            read<std::array<std::uint64_t, 4>>(regions, s.guest_cr3 & pae_cr3_address, operands.unreadable);
    }
    s.memory_vtpr = operands.vtpr.value_or(0);
    s.memory_link_word = operands.link_word.value_or(0);
    const std::array<std::uint64_t, 4> pdptes = operands.pdptes.value_or(std::array<std::uint64_t, 4>{});
    s.memory_pdpte0 = pdptes[0];
    s.memory_pdpte1 = pdptes[1];
    s.memory_pdpte2 = pdptes[2];
    s.memory_pdpte3 = pdptes[3];
    return operands;
}

}  // namespace vmxspec::hv
