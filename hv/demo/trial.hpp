/// Code that is tried out: a few bytes at any privilege level of IA-32e mode, with all exceptions that they raise.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace vmxspec::demo {

inline constexpr std::uint64_t rflags_always = 2, rflags_tf = 1U << 8, rflags_if = 1U << 9, rflags_rf = 1U << 16;

/// A few instructions as the processor reads them.
struct Code {
    template <class... Bytes>
    constexpr explicit(false) Code(Bytes... values)
        : bytes{static_cast<std::uint8_t>(values)...}, size{sizeof...(Bytes)} {}

    std::array<std::uint8_t, 24> bytes;
    std::size_t size;
};

/// Appends.
[[nodiscard]] constexpr Code operator+(const Code& left, const Code& right) {
    Code both = left;
    for (std::size_t n = 0; n < right.size; ++n) {
        both.bytes[both.size++] = right.bytes[n];
    }
    return both;
}

/// General registers; the others are undefined during a trial.
struct TrialRegisters {
    std::uint64_t rax, rcx, rdx, rbx, rsi, rdi;
};

/// An exception that the code has raised.
struct Event {
    std::uint64_t vector;
    std::uint64_t error_code;  ///< 0 for a vector that has none
    std::uint64_t rip, rflags;
    std::uint64_t cr2, dr6;  ///< DR6 is cleared then
};

/// Where a trial begins, and what came of it. `trial_entry.S` knows the places of the members up to `stack`.
struct Trial {
    std::uint64_t rip, cs, rflags, rsp, ss;
    std::uint64_t data_segment;  ///< DS and ES
    TrialRegisters registers;    ///< at the begin, and then at the end
    std::uint64_t stack;         ///< of the caller, while it lasts

    std::array<Event, 16> events;
    std::size_t count;  ///< how many there were, be it more than there is room for

    [[nodiscard]] const Event& last() const { return events[(count - 1) % events.size()]; }
};
static_assert(offsetof(Trial, registers) == 48 && offsetof(Trial, stack) == 96);

/// Where code of a trial lies: it is copied there, and UD2 put behind it.
[[nodiscard]] std::uint64_t place(const Code& code);

/// A trial at CPL 0 in 64-bit mode of code that lies at `rip`.
[[nodiscard]] Trial trial_at(std::uint64_t rip, const TrialRegisters& registers = {});

/// Executes. #DB and #BP are noted down and the code goes on, behind an instruction breakpoint with RFLAGS.RF set; any
/// other exception ends the trial, as does UD2 at the end.
void run(Trial& trial);

/// What one instruction raises at CPL 0 in 64-bit mode: its vector, or `none`.
inline constexpr std::uint64_t none = ~std::uint64_t{0};
[[nodiscard]] std::uint64_t vector_of(const Code& code, const TrialRegisters& registers = {});

/// Whether the trial came to the UD2 behind `code`, which lies at `trial.rip`.
[[nodiscard]] bool completed(const Trial& trial, std::uint64_t begin, const Code& code);

/// NMIs that have come.
[[nodiscard]] unsigned nmis();

}  // namespace vmxspec::demo
