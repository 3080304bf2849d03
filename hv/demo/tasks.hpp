/// Two tasks in 32-bit mode that are ready to begin, besides the one that runs.
#pragma once

#include <array>

#include "hv/demo/legacy.hpp"

namespace vmxspec::demo::task {

namespace s = legacy_selector;

inline constexpr std::uint32_t db = 1, ud = 6, ts = 10, np = 11, ss = 12, gp = 13;
inline constexpr std::uint16_t other_selector = 0x48, other_16_selector = 0x50, ldt_selector = 0x58,
                               gate_selector = 0x60, spoilt_selector = 0x68;
inline constexpr unsigned task_vector = 0x60;

// Rights as in a descriptor's bits 55:40.
inline constexpr std::uint64_t task_32 = 0x89, task_16 = 0x81, busy = 2, ldt = 0x82, task_gate = 0x85, data = 0xc093,
                               present = 0x80;

/// Words of a 32-bit TSS (SDM volume 3, figure 10-2), and bytes of a 16-bit one.
enum Word : std::uint8_t {
    link = 0,
    esp0 = 1,
    ss0 = 2,
    cr3 = 7,
    eip = 8,
    eflags = 9,
    eax = 10,
    ecx = 11,
    edx = 12,
    ebx = 13,
    esp = 14,
    ebp = 15,
    esi = 16,
    edi = 17,
    es_word = 18,
    cs_word = 19,
    ss_word = 20,
    ds_word = 21,
    fs_word = 22,
    gs_word = 23,
    ldt_word = 24,
    trap = 25,
};

extern std::array<std::uint32_t, 26> other;     ///< the other task's TSS
extern std::array<std::uint16_t, 22> other_16;  ///< and one of 16 bits
extern std::array<std::uint64_t, 4> ldt_table;
extern std::array<std::uint8_t, 128> code;  ///< of both

template <class T>
[[nodiscard]] std::uint32_t address(const T& object) {
    return static_cast<std::uint32_t>(reinterpret_cast<std::uint64_t>(&object));
}

/// Puts code at that place of the tasks' page, with UD2 behind it. \return its address
[[nodiscard]] std::uint32_t put(std::size_t offset, const Code& bytes);
inline constexpr std::size_t other_code = 64;

[[nodiscard]] constexpr Code jump_to(std::uint16_t selector) {
    return {0xea, 0, 0, 0, 0, selector & 0xff, selector >> 8};
}
[[nodiscard]] constexpr Code call_to(std::uint16_t selector) {
    return {0x9a, 0, 0, 0, 0, selector & 0xff, selector >> 8};
}
inline constexpr Code int_task{0xcd, task_vector}, iret{0xcf};

/// CR0, DR7 and EFLAGS in EAX, ECX, EDX.
inline constexpr Code show{0x0f, 0x20, 0xc0, 0x0f, 0x21, 0xf9, 0x9c, 0x5a};

/// Makes both ready, and the running one to begin with `begin`. `there` is the other's code.
[[nodiscard]] LegacyTrial prepare(const Code& begin, const Code& there = show);

[[nodiscard]] bool is_busy(std::uint16_t selector);

/// What the main task has left in its TSS. `behind`: bytes from its begin on.
void expect_saved(Account& account, const LegacyTrial& begin, std::uint32_t behind);

/// That the other task has shown what it has, up to UD2.
void expect_there(Account& account, const LegacyTrial& end, bool nested);

}  // namespace vmxspec::demo::task
