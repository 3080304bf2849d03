/// Segment registers of a task that begins, with the checks on them (SDM volume 3, table 10-1).
#pragma once

#include <optional>

#include "hv/l1/instruction.hpp"
#include "hv/l1/linear_memory.hpp"
#include "hv/l1/task_state.hpp"

namespace vmxspec::hv {

/// An exception that a task switch raises.
struct Fault {
    Exception exception;
    std::uint32_t error_code;
    std::uint32_t cr2;  ///< of #PF
};

[[nodiscard]] Fault as_fault(const PageFault& fault);

/// A descriptor in the GDT or in the LDT that LDTR has now.
struct DescriptorPlace {
    bool exists;  ///< within the table's limit
    std::uint32_t address;
};
[[nodiscard]] DescriptorPlace descriptor_place(std::uint16_t selector);

/// Loads ES, CS, SS, DS, FS, GS and LDTR. What is not loaded because of a fault has its selector and is not usable, but
/// for CS and SS, which are flat then: the fault comes in the new task, before its first instruction.
/// \param external  bit 0 of error codes: the switch is due to an event that is no instruction
[[nodiscard]] std::optional<Fault> load_task_segments(const PagingState& paging, const TaskState& state,
                                                      std::uint32_t external);

}  // namespace vmxspec::hv
