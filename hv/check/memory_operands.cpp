#include "hv/check/memory_operands.hpp"

#include <cstddef>

namespace vmxspec::hv {

namespace {

constexpr bool bit(std::uint64_t word, unsigned n) { return (word >> n & 1) != 0; }

/// Secondary processor-based controls as the processor acts on them: 0 unless activated (SDM 27.6.2).
constexpr std::uint64_t secondary(const State& s) { return bit(s.control_proc, 31) ? s.control_proc2 : 0; }

/// "use TPR shadow", without "virtual-interrupt delivery" and "virtualize APIC accesses".
constexpr bool reads_vtpr(const State& s) {
    return bit(s.control_proc, 21) && !bit(secondary(s), 9) && !bit(secondary(s), 0);
}

constexpr bool reads_link_word(const State& s) { return s.guest_link_pointer != ~std::uint64_t{0}; }

/// CR0.PG and CR4.PAE without "IA-32e mode guest", and without "enable EPT", with which they are in the VMCS.
constexpr bool reads_pdptes(const State& s) {
    return bit(s.guest_cr0, 31) && bit(s.guest_cr4, 5) && !bit(s.control_entry, 9) && !bit(secondary(s), 1);
}

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
    constexpr std::uint64_t vtpr_offset = 0x80;
    constexpr std::uint64_t pae_cr3_address = 0xffff'ffe0;
    MemoryOperands operands;
    if (reads_vtpr(s)) {
        operands.vtpr = read<std::uint8_t>(regions, s.control_virtual_apic + vtpr_offset, operands.unreadable);
    }
    if (reads_link_word(s)) {
        operands.link_word = read<std::uint32_t>(regions, s.guest_link_pointer, operands.unreadable);
    }
    if (reads_pdptes(s)) {
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
