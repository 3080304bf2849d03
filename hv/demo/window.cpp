#include "hv/demo/window.hpp"

#include <array>

#include "runtime/cpu/control_register.hpp"
#include "runtime/memory/address.hpp"

namespace vmxspec::demo {

namespace {

using runtime::page_size;

using Table = std::array<std::uint64_t, 512>;
alignas(page_size) constinit Table directory{}, table{};
constexpr std::uint64_t begin = runtime::mapped_end;
constexpr std::uint64_t all = page::present | page::writable | page::user;

[[nodiscard]] std::uint64_t address(const volatile void* object) { return reinterpret_cast<std::uint64_t>(object); }

[[nodiscard]] Table& structure(std::uint64_t entry) {
    constexpr std::uint64_t address_bits = 0x000f'ffff'ffff'f000;
    return *runtime::at<Table>(runtime::PhysicalAddress{entry & address_bits});
}

}  // namespace

std::uint64_t map_window(unsigned n, const volatile void* object, std::uint64_t bits) {
    Table& map = structure(runtime::read_cr3());
    map[0] |= all;  // what the structures below it don't allow is not allowed
    structure(map[0])[begin >> 30] = address(directory.data()) | all;
    directory[0] = address(table.data()) | all;
    table[n] = (address(object) & ~(page_size - 1)) | bits;
    const std::uint64_t linear = begin + n * page_size + (address(object) & (page_size - 1));
    asm volatile("invlpg %0" : : "m"(*reinterpret_cast<const char*>(linear)) : "memory");
    return linear;
}

}  // namespace vmxspec::demo
