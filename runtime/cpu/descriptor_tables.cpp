#include "runtime/cpu/descriptor_tables.hpp"

namespace vmxspec::runtime {

constinit DescriptorTables descriptor_tables;

namespace {

// Descriptors (SDM volume 3A, 3.4.5 and 10.2.3), with the accessed bit set, so that loading them
// writes nothing.
constexpr std::uint64_t code_descriptor = 0x0020'9b00'0000'0000;       // P, code, execute/read, L
constexpr std::uint64_t data_descriptor = 0x0000'9300'0000'0000;       // P, data, read/write
constexpr std::uint64_t code32_descriptor = 0x00cf'9b00'0000'ffff;     // P, code, execute/read, D, G
constexpr std::uint64_t data32_descriptor = 0x00cf'9300'0000'ffff;     // P, data, read/write, B, G
constexpr std::uint64_t user_code_descriptor = 0x0020'fb00'0000'0000;  // P, DPL 3, code, execute/read, L
constexpr std::uint64_t user_data_descriptor = 0x0000'f300'0000'0000;  // P, DPL 3, data, read/write
constexpr std::uint64_t task_descriptor = 0x0000'8900'0000'0000;       // P, available 64-bit TSS

/// Base and limit, where a descriptor keeps them; the upper half of the base is in the place after it.
constexpr std::uint64_t base_and_limit(std::uint64_t base, std::uint64_t limit) {
    return (base & 0xff'ffff) << 16 | (base >> 24 & 0xff) << 56 | (limit & 0xffff);
}

}  // namespace

void DescriptorTables::load() {
    task_.privilege_stack[0] = reinterpret_cast<std::uint64_t>(&stack_[0] + 1);
    for (std::size_t i = 1; i < stacks; ++i) {
        task_.interrupt_stack[i - 1] = reinterpret_cast<std::uint64_t>(&stack_[i] + 1);
    }
    task_.io_map_base = sizeof task_;

    gdt_[selector::code / 8] = code_descriptor;
    gdt_[selector::data / 8] = data_descriptor;
    gdt_[selector::code32 / 8] = code32_descriptor;
    gdt_[selector::data32 / 8] = data32_descriptor;
    gdt_[selector::task / 8] = task_descriptor | base_and_limit(task_base(), sizeof task_ - 1);
    gdt_[selector::task / 8 + 1] = task_base() >> 32;
    gdt_[selector::user_code / 8] = user_code_descriptor;
    gdt_[selector::user_data / 8] = user_data_descriptor;

    const TablePointer pointer{sizeof gdt_ - 1, gdt_base()};
    asm volatile(
        "lgdt %[pointer]\n\t"
        "pushq %[code]\n\t"
        "leaq 1f(%%rip), %%rax\n\t"
        "pushq %%rax\n\t"
        "lretq\n"
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
        : "rax", "memory");
}

}  // namespace vmxspec::runtime
