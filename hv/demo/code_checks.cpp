/// Code that changes itself, and code at the edges of pages.
#include <array>

#include "hv/demo/check.hpp"
#include "hv/demo/trial.hpp"
#include "hv/demo/window.hpp"

namespace vmxspec::demo {

namespace {

/// Code that is written anew and called, again and again.
void check_rewritten(Account& account) {
    static constinit Page code{};
    for (std::uint32_t n = 1; n < 1000; ++n) {
        volatile std::uint8_t* const bytes = code.bytes + n % 64;
        bytes[0] = 0xb8;  // MOV EAX, n; RET
        for (unsigned byte = 0; byte < 4; ++byte) {
            bytes[1 + byte] = static_cast<std::uint8_t>(n >> 8 * byte);
        }
        bytes[5] = 0xc3;
        asm volatile("" : : : "memory");
        account.expect("what the new code returns",
                       reinterpret_cast<std::uint32_t (*)()>(reinterpret_cast<std::uintptr_t>(code.bytes + n % 64))(),
                       n);
    }
}

/// The instruction behind a jump is changed by the one before the jump: into CPUID, from two NOPs.
void check_changes_itself(Account& account) {
    constexpr Code code{0x66, 0xc7, 0x06, 0x0f, 0xa2, 0xeb, 0x00, 0x90, 0x90};  // MOV word (RSI), A20FH; JMP; NOPs
    Trial trial = trial_at(place(code), {0, 0, 0, 0x1234, 0, 0});
    const std::uint64_t begin = trial.rip;
    trial.registers.rsi = begin + code.size - 2;
    run(trial);
    account.expect("it completes", completed(trial, begin, code) ? 1 : 0, 1);
    account.expect("EBX by CPUID", trial.registers.rbx, 0x756e'6547);
}

/// The same code, written through another linear address.
void check_alias(Account& account) {
    constexpr Code code{0x90, 0x90};
    Trial trial = trial_at(place(code), {0, 0, 0, 0x1234, 0, 0});
    run(trial);
    account.expect("NOPs", trial.registers.rbx, 0x1234);
    const std::uint64_t alias = map_window(5, reinterpret_cast<const void*>(trial.rip), page::present | page::writable);
    auto* const word = reinterpret_cast<volatile std::uint16_t*>(alias);
    *word = 0xa20f;
    Trial again = trial_at(trial.rip, {0, 0, 0, 0x1234, 0, 0});
    run(again);
    account.expect("CPUID", again.registers.rbx, 0x756e'6547);
}

/// CPUID on two pages, which are the other way round in memory.
void check_across_pages(Account& account) {
    static constinit std::array<Page, 2> pages{};
    auto& [second, first] = pages;
    first.bytes[4095] = 0x0f;
    second.bytes[0] = 0xa2;
    second.bytes[1] = 0x0f;
    second.bytes[2] = 0x0b;
    const std::uint64_t begin = map_window(6, &first, page::present) + 4095;
    static_cast<void>(map_window(7, &second, page::present));
    Trial trial = trial_at(begin);
    run(trial);
    account.expect("#UD behind it", trial.last().vector, 6);
    account.expect("RIP", trial.last().rip, begin + 2);
    account.expect("EBX", trial.registers.rbx, 0x756e'6547);
}

constexpr std::array checks{
    Check{"code: written anew", check_rewritten},
    Check{"code: an instruction that makes another CPUID", check_changes_itself},
    Check{"code: written through another address", check_alias},
    Check{"code: CPUID on two pages", check_across_pages},
};

}  // namespace

const std::span<const Check> code_checks{checks};

}  // namespace vmxspec::demo
