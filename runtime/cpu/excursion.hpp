/// Code of which nobody knows beforehand how it ends: it runs until its first exception or VM exit, and that is its
/// result.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/cpu/exception.hpp"

namespace vmxspec::runtime {

/// How an excursion ended.
enum class ExcursionEnd : std::uint64_t {
    open = 0,  ///< it has not
    exception = 1,
    vm_exit = 2,
};

/// Where an excursion begins, and what came of it. `excursion_entry.S` knows the places of the members.
struct Excursion {
    // Where it begins: any code segment and privilege level that the GDT has.
    std::uint64_t rip, cs, rflags, rsp, ss;
    std::uint64_t data_segment;  ///< DS and ES
    // General registers at the begin, and then at the end; the others are undefined at the begin.
    std::uint64_t rax, rcx, rdx, rdi;

    ExcursionEnd end;
    // Of an exception.
    std::uint64_t vector;
    std::uint64_t error_code;  ///< 0 for a vector that has none
    std::uint64_t end_rip;
    std::uint64_t end_rflags;

    std::uint64_t stack;  ///< of the caller, while it lasts
};
static_assert(offsetof(Excursion, data_segment) == 40 && offsetof(Excursion, rax) == 48 &&
              offsetof(Excursion, end) == 80 && offsetof(Excursion, stack) == 120);

/// Whether an excursion is on its way that this exception ends: its result is noted down, and `frame` now leads back to
/// who began it. NMI, #DF and #MC end none: they may come from elsewhere.
[[nodiscard]] bool end_excursion(ExceptionFrame& frame);

/// The value for the host-RSP field (6C14H) of a VMCS whose VM exits end an excursion.
[[nodiscard]] std::uint64_t excursion_host_rsp();

/// The value for the host-RIP field (6C16H) of such a VMCS. Its other host state is that of the kernel.
[[nodiscard]] std::uint64_t excursion_host_rip();

/// Begins `excursion`, and returns at its end. Interrupts must stay off.
void run(Excursion& excursion);

}  // namespace vmxspec::runtime
