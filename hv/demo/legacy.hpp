/// Trips out of IA-32e mode: code in 32-bit protected mode, with any paging, in virtual-8086 mode and in real mode.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "hv/demo/check.hpp"
#include "hv/demo/trial.hpp"

namespace vmxspec::demo {

/// Selectors of the GDT that is in use during a trip.
namespace legacy_selector {
inline constexpr std::uint16_t code32 = 0x08, data32 = 0x10;  ///< flat
inline constexpr std::uint16_t code16 = 0x18, data16 = 0x20;  ///< 64 KiB from `low_base` on
inline constexpr std::uint16_t task = 0x28;                   ///< 32-bit TSS of the code that is tried
inline constexpr std::uint16_t user_code = 0x33, user_data = 0x3b;
inline constexpr std::uint16_t code64 = 0x40;
inline constexpr std::uint16_t last_task = 0xf8;  ///< 32-bit TSS for the way back: with one of 16 bits there is none
// 48H to F0H are for the check.
}  // namespace legacy_selector

/// Where 16-bit code lies: two pages of RAM.
inline constexpr std::uint32_t low_base = 0x8000, low_size = 0x2000;

/// The two pages, empty, until they are again what they were before. One at a time.
class LowMemory {
public:
    LowMemory();
    ~LowMemory();
    LowMemory(const LowMemory&) = delete;
    LowMemory& operator=(const LowMemory&) = delete;

    [[nodiscard]] static std::uint8_t* low(std::size_t offset);
};

/// An exception that the code has raised.
struct LegacyEvent {
    std::uint32_t vector, error_code, eip, cs, eflags, cr2, dr6;
    std::uint32_t tr;  ///< the task register, when it came
};

/// Where a trip leads, and what came of it. `legacy.S` knows the places of the members up to `events`.
struct LegacyTrial {
    std::uint32_t eip, cs, eflags, esp, ss, es, ds, fs, gs;  ///< the frame that IRET takes to virtual-8086 mode
    std::uint32_t cr0, cr3, cr4;
    std::uint32_t eax, ecx, edx, ebx, esi, edi;  ///< at the begin, and then at the end
    std::uint32_t count;                         ///< of events, be it more than there is room for
    std::array<LegacyEvent, 16> events;

    [[nodiscard]] const LegacyEvent& last() const { return events[(count - 1) % events.size()]; }
};
static_assert(offsetof(LegacyTrial, cr0) == 36 && offsetof(LegacyTrial, eax) == 48 &&
              offsetof(LegacyTrial, count) == 72 && offsetof(LegacyTrial, events) == 76 && sizeof(LegacyEvent) == 32);

inline constexpr std::uint32_t eflags_vm = 1U << 17, eflags_nt = 1U << 14, eflags_iopl = 3U << 12;

/// A trial at CPL 0 in 32-bit protected mode without paging, of code that lies at `eip`.
[[nodiscard]] LegacyTrial legacy_trial_at(std::uint64_t eip);

/// Goes there and comes back. #DB and #BP are noted down and the code goes on; any other exception ends it, as does UD2
/// at the end.
void run(LegacyTrial& trial);

/// A descriptor of the GDT during trips.
[[nodiscard]] std::uint64_t& legacy_descriptor(std::uint16_t selector);
/// A gate of the IDT during trips.
[[nodiscard]] std::uint64_t& legacy_gate(unsigned vector);
/// The TSS of the code that is tried.
[[nodiscard]] std::array<std::uint32_t, 26>& legacy_task();

/// Descriptors (SDM volume 3A, 3.4.5).
[[nodiscard]] constexpr std::uint64_t descriptor(std::uint64_t base, std::uint64_t limit, std::uint64_t rights) {
    return (limit & 0xffff) | (base & 0xff'ffff) << 16 | (rights & 0xf0ff) << 40 | (limit >> 16 & 0xf) << 48 |
           (base >> 24 & 0xff) << 56;
}

/// Compares the events of a trial with what was expected: (vector, EIP) each; of #DB, DR6.BS is expected.
struct LegacyExpected {
    std::uint32_t vector, eip;
};
void compare(Account& account, std::string_view what, const LegacyTrial& trial,
             std::span<const LegacyExpected> expected);

}  // namespace vmxspec::demo
