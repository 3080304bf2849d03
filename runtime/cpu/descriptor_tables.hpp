/// GDT and TSS of one processor.
#pragma once

#include <array>
#include <cstdint>

namespace vmxspec::runtime {

/// Selectors of the GDT.
namespace selector {
inline constexpr std::uint16_t code = 0x08;
inline constexpr std::uint16_t data = 0x10;
inline constexpr std::uint16_t task = 0x18;
inline constexpr std::uint16_t code32 = 0x28;     ///< flat: compatibility mode, or protected mode outside IA-32e mode
inline constexpr std::uint16_t data32 = 0x30;     ///< flat
inline constexpr std::uint16_t user_code = 0x3b;  ///< 64-bit, CPL 3
inline constexpr std::uint16_t user_data = 0x43;
}  // namespace selector

/// The operand of LGDT and LIDT.
struct [[gnu::packed]] TablePointer {
    std::uint16_t limit;
    std::uint64_t base;
};

/// The 64-bit TSS (SDM volume 3A, 10.7): its stacks are all that 64-bit mode uses of it.
struct [[gnu::packed]] TaskState {
    std::uint32_t reserved0;
    std::array<std::uint64_t, 3> privilege_stack;
    std::uint64_t reserved1;
    std::array<std::uint64_t, 7> interrupt_stack;  ///< IST1 to IST7
    std::uint64_t reserved2;
    std::uint16_t reserved3;
    std::uint16_t io_map_base;
};
static_assert(sizeof(TaskState) == 104);

/// Stacks of the exceptions that may come when the stack can't be used: number in the IST.
enum class InterruptStack : std::uint8_t { current = 0, nmi = 1, double_fault = 2, machine_check = 3 };

/// Flat segments, and a TSS with a stack each for what comes from CPL 3 and for NMI, #DF and #MC.
class DescriptorTables {
public:
    /// Fills the tables in and makes the processor use them.
    void load();

    [[nodiscard]] std::uint64_t gdt_base() const { return reinterpret_cast<std::uint64_t>(&gdt_); }
    [[nodiscard]] std::uint64_t task_base() const { return reinterpret_cast<std::uint64_t>(&task_); }

private:
    static constexpr std::size_t stack_size = 8192;
    static constexpr std::size_t stacks = 4;

    struct alignas(16) Stack {
        std::array<std::uint8_t, stack_size> bytes;
    };

    alignas(8) std::array<std::uint64_t, 9> gdt_{};  // in the order of the selectors; the TSS takes two places
    alignas(16) TaskState task_{};
    std::array<Stack, stacks> stack_{};
};

/// The boot processor's.
extern DescriptorTables descriptor_tables;

}  // namespace vmxspec::runtime
