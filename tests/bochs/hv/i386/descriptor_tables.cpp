/// GDT and TSS in protected mode, with the selectors that they have in 64-bit mode.
#include "runtime/cpu/descriptor_tables.hpp"

namespace vmxspec::runtime {

constinit DescriptorTables descriptor_tables;

namespace {

// Descriptors (SDM volume 3A, 3.4.5 and 10.2.2), flat and with the accessed bit set.
constexpr std::uint64_t code_descriptor = 0x00cf'9b00'0000'ffff;       // P, code, execute/read, D, G
constexpr std::uint64_t data_descriptor = 0x00cf'9300'0000'ffff;       // P, data, read/write, B, G
constexpr std::uint64_t user_code_descriptor = 0x00cf'fb00'0000'ffff;  // DPL 3
constexpr std::uint64_t user_data_descriptor = 0x00cf'f300'0000'ffff;  // DPL 3
constexpr std::uint64_t task_descriptor = 0x0000'8900'0000'0000;       // P, available 32-bit TSS

constexpr std::uint64_t base_and_limit(std::uint64_t base, std::uint64_t limit) {
    return (base & 0xff'ffff) << 16 | (base >> 24 & 0xff) << 56 | (limit & 0xffff);
}

}  // namespace

/// The 32-bit TSS (SDM volume 3A, 10.2.1) has ESP0 and SS0 where the 64-bit TSS has RSP0, and the base of the I/O map
/// at the same place; CR3 and registers are for task switches, of which there are none. The other stacks are in
/// nobody's use, so a processor may use what lies below the end of its tables as stack for a while.
void DescriptorTables::load() {
    constexpr unsigned ss0_place = 32;
    task_.privilege_stack[0] = reinterpret_cast<std::uintptr_t>(&stack_[0] + 1) | std::uint64_t{selector::data}
                                                                                      << ss0_place;
    task_.io_map_base = sizeof task_;

    gdt_[selector::code / 8] = gdt_[selector::code32 / 8] = code_descriptor;
    gdt_[selector::data / 8] = gdt_[selector::data32 / 8] = data_descriptor;
    gdt_[selector::task / 8] = task_descriptor | base_and_limit(task_base(), sizeof task_ - 1);
    gdt_[selector::user_code / 8] = user_code_descriptor;
    gdt_[selector::user_data / 8] = user_data_descriptor;

    const TablePointer pointer{sizeof gdt_ - 1, gdt_base()};
    asm volatile(
        "lgdt %[pointer]\n\t"
        "ljmpl %[code], $1f\n"
        "1:\tmovl %[data], %%eax\n\t"
        "movl %%eax, %%ss\n\t"
        "movl %%eax, %%ds\n\t"
        "movl %%eax, %%es\n\t"
        "xorl %%eax, %%eax\n\t"
        "movl %%eax, %%fs\n\t"
        "movl %%eax, %%gs\n\t"
        "lldt %%ax\n\t"
        "movl %[task], %%eax\n\t"
        "ltr %%ax"
        :
        : [pointer] "m"(pointer), [code] "i"(selector::code), [data] "i"(selector::data), [task] "i"(selector::task)
        : "eax", "memory");
}

}  // namespace vmxspec::runtime
