/// The processors of rounds.cpp: each one's tables, timer interrupts, which come one at a time and are all counted, and
/// NMIs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/cpu/local_apic.hpp"
#include "tests/bochs/hv/rounds_mode.hpp"

namespace vmxspec::l1 {

inline constexpr std::size_t most_processors = 2;
inline constexpr std::uint64_t timer_vector = 0x40;

struct Processor {
    runtime::DescriptorTables tables;
    runtime::VmEntryFrame frame;  ///< behind the tables' stacks: the stack of an NMI that comes right after a VM exit
    std::uint32_t id;
    std::uint64_t random;  ///< state of the generator

    // What interrupts count. Handlers run as L1's code or as L2's.
    bool in_l2;
    bool armed;  ///< the timer will bring an interrupt
    Word arms, ticks_in_l1, ticks_in_l2, ticks_by_exit;
    Word nmis_in_l1, nmis_in_l2, nmis_by_exit;
    Word nmis_sent;  ///< to this processor
    bool done;

    [[nodiscard]] Word nmis() const;
    [[nodiscard]] Word ticks() const { return ticks_in_l1 + ticks_in_l2 + ticks_by_exit; }
    /// A number below `end`.
    std::uint64_t below(std::uint64_t end);
    /// The place of one of so many.
    std::size_t one_of(std::size_t count) { return static_cast<std::size_t>(below(count)); }
};

extern std::array<Processor, most_processors> processors;

/// Makes the processor that executes this `self`: tables, local APIC.
void begin(Processor& self);

[[nodiscard]] runtime::LocalApic apic();
[[nodiscard]] std::uint64_t idt();
[[nodiscard]] std::uint64_t idt_limit();

/// Lets the timer bring one interrupt.
void arm(Processor& self, std::uint32_t count);
/// A timer interrupt has come; `count` is where it is counted.
void take_tick(Processor& self, Word& count);
/// Lets an interrupt that waits come here.
void open_window();
/// Ends blocking by NMI.
void unblock_nmi();
/// Counts the NMI that a VM exit tells of, and ends blocking by NMI.
void take_nmi_of_exit(Processor& self);

/// Says what is not so, the first times.
void expect(bool holds, std::string_view what, std::uint64_t seen, std::uint64_t expected);
inline void expect_equal(std::string_view what, std::uint64_t seen, std::uint64_t expected) {
    expect(seen == expected, what, seen, expected);
}
struct Account {
    Word passed, failed;
};
[[nodiscard]] Account account();

}  // namespace vmxspec::l1
