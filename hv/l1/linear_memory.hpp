/// L1's memory by linear address: the walk of its paging structures (SDM chapter 5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "hv/l1/processor.hpp"

namespace vmxspec::hv {

/// What paging depends on, as the processor has it when L1 accesses memory at CPL 0.
struct PagingState {
    std::uint64_t cr0, cr3, cr4, efer, rflags;
    unsigned physical_address_width;
    bool no_execute;  ///< IA32_EFER.NXE
    bool one_gib_pages;
};

/// A page fault: its error code; the address goes to CR2.
struct PageFault {
    std::uint64_t address;
    std::uint64_t error_code;
};

/// A guest-physical address, or why there is none.
struct Translated {
    std::uint64_t address;
    std::optional<PageFault> fault;
};

/// Translates a linear address for a supervisor's data access, and sets accessed and dirty flags.
[[nodiscard]] Translated translate(const PagingState& state, std::uint64_t linear, bool is_write);

/// Reads or writes bytes at a linear address. \return the page fault, before anything is written
[[nodiscard]] std::optional<PageFault> read_linear(const PagingState& state, std::uint64_t linear, void* to,
                                                   std::size_t size);
[[nodiscard]] std::optional<PageFault> write_linear(const PagingState& state, std::uint64_t linear, const void* from,
                                                    std::size_t size);

}  // namespace vmxspec::hv
