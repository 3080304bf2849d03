/// Exceptions of the kernel itself.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vmxspec::runtime {

inline constexpr std::size_t exception_vectors = 32;

/// NMI, #DF and #MC: they need have nothing to do with the instruction at which they come.
[[nodiscard]] constexpr bool comes_from_elsewhere(std::uint64_t vector) {
    return vector == 2 || vector == 8 || vector == 18;
}

/// What `exception_entry.S` leaves on the stack.
struct ExceptionFrame {
    std::uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    std::uint64_t rdi, rsi, rbp, rbx, rdx, rcx, rax;
    std::uint64_t vector;
    std::uint64_t error_code;  ///< 0 for a vector that has none
    std::uint64_t rip, cs, rflags, rsp, ss;
};

}  // namespace vmxspec::runtime

extern "C" {

/// Called by `exception_entry.S`. Returns only when the frame's RIP now is where to go on.
void vmxspec_exception(vmxspec::runtime::ExceptionFrame& frame);

/// A kernel that has something to do at an exception defines it anew. \return whether all is done: the code that was
/// interrupted goes on at the frame's RIP
bool vmxspec_own_exception(vmxspec::runtime::ExceptionFrame& frame);
}
