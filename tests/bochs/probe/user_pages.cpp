#include "tests/bochs/probe/user_pages.hpp"

#include <cstdint>

#include "runtime/cpu/control_register.hpp"
#include "runtime/memory/address.hpp"

namespace vmxspec::probe {

namespace {

constexpr std::uint64_t present = 1, user_bit = 1U << 2, large_page = 1U << 7;
constexpr std::uint64_t address_bits = 0x000f'ffff'ffff'f000;
constexpr unsigned entries = 512;

/// The table at `address` and those below it, down to entries that map a page.
void set_table(std::uint64_t address, unsigned levels, bool user) {
    auto* table = runtime::at<std::uint64_t>(runtime::PhysicalAddress{address & address_bits});
    for (unsigned n = 0; n < entries; ++n) {
        if ((table[n] & present) == 0) {
            continue;
        }
        table[n] = user ? table[n] | user_bit : table[n] & ~user_bit;
        if (levels > 1 && (table[n] & large_page) == 0) {
            set_table(table[n], levels - 1, user);
        }
    }
}

void reload_cr3(std::uint64_t cr3) { asm volatile("mov %0, %%cr3" : : "r"(cr3) : "memory"); }

}  // namespace

void set_user_pages(bool user) {
    constexpr unsigned levels = 4;
    const std::uint64_t cr3 = runtime::read_cr3();
    set_table(cr3, levels, user);
    reload_cr3(cr3);
}

}  // namespace vmxspec::probe
