#include "runtime/memory/identity_map.hpp"

#include "runtime/cpu/control_register.hpp"

namespace vmxspec::runtime {

namespace {

constexpr std::uint64_t present_writable = 0x3, large_page = 0x83;  // as boot/entry.S has them
constexpr std::uint64_t present = 1;
constexpr std::uint64_t address_bits = 0x000f'ffff'ffff'f000;
constexpr std::uint64_t large = std::uint64_t{2} << 20;
constexpr std::uint64_t lower_half_end = std::uint64_t{1} << 47;

/// Entry of `table` for an address, of which a structure at that level decides 9 bits from `shift` on.
[[nodiscard]] std::uint64_t& entry(std::uint64_t table, std::uint64_t address, unsigned shift) {
    return at<std::uint64_t>(PhysicalAddress{table & address_bits})[address >> shift & 0x1ff];
}

/// The structure that an entry leads to; it gets one if it has none.
[[nodiscard]] bool descend(std::uint64_t& entry, PageAllocator& pages) {
    if ((entry & present) != 0) {
        return true;
    }
    const auto page = pages.allocate();
    if (!page) {
        return false;
    }
    __builtin_memset(at<void>(*page), 0, page_size);
    entry = raw(*page) | present_writable;
    return true;
}

}  // namespace

bool map_region(Region region, PageAllocator& pages) {
    if (region.end > lower_half_end || region.end < region.begin) {
        return false;
    }
    std::uint64_t address = region.begin < mapped_end ? mapped_end : region.begin & ~(large - 1);
    for (; address < region.end; address += large) {
        std::uint64_t& pointers = entry(read_cr3(), address, 39);
        if (!descend(pointers, pages)) {
            return false;
        }
        std::uint64_t& directory = entry(pointers, address, 30);
        if (!descend(directory, pages)) {
            return false;
        }
        std::uint64_t& page = entry(directory, address, 21);
        if ((page & present) == 0) {
            page = address | large_page;  // nothing was cached of an entry that was not present
        }
    }
    return true;
}

}  // namespace vmxspec::runtime
