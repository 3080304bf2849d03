/// Instructions that may fault, and where to go on when they do.
#pragma once

#include <cstdint>
#include <optional>

namespace vmxspec::runtime {

/// One row of the section `.fixups`, which the inline assembler beside each such instruction adds to. Such an
/// instruction must not be in an inline function: the linker keeps one copy of the function, but every row.
struct Fixup {
    std::int32_t faulting;  ///< RIP of the instruction, from this member on
    std::int32_t recovery;  ///< RIP to return to instead, from this member on
};

/// Where to go on after an exception of the instruction at `rip`; nothing if none is expected there. What comes from
/// elsewhere (`comes_from_elsewhere`) is none: an NMI at such an instruction would be taken for its fault.
[[nodiscard]] std::optional<std::uint64_t> recovery_of(std::uint64_t rip);

}  // namespace vmxspec::runtime
