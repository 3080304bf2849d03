/// The state from which vectors differ.
#pragma once

#include "runtime/cpu/vm_entry.hpp"
#include "runtime/memory/page_allocator.hpp"
#include "tests/bochs/probe/guest_image.hpp"
#include "tests/bochs/probe/legacy_mode.hpp"
#include "tests/bochs/probe/operand_pages.hpp"
#include "tests/bochs/probe/vector.hpp"
#include "tests/bochs/probe/vmcs_image.hpp"

namespace vmxspec::probe {

/// The fields of a VM entry that the processor makes: as few controls as it allows, a 32-bit guest, the probe as host.
class BaseState {
public:
    /// Takes the pages; refuses to go on without them.
    explicit BaseState(runtime::PageAllocator& pages);

    /// What the trial makes of the base state.
    [[nodiscard]] VmcsImage describe(const Trial& trial, const runtime::VmEntryFrame& frame) const;

    /// From now on the state has a value for every field of the current VMCS, addresses of pages for what wants one,
    /// and no guest executes an instruction if the processor has the VMX-preemption timer: it expires at once. A VM
    /// exit saves what the processor can save.
    void widen(runtime::PageAllocator& pages, const runtime::VmEntryFrame& frame);
    [[nodiscard]] bool is_wide() const { return is_wide_; }

    /// Writes what the trial wants in memory.
    void write_memory(const Trial& trial) const;

    [[nodiscard]] const OperandPages& operands() const { return operands_; }
    [[nodiscard]] const LegacyMode& legacy_mode() const { return legacy_mode_; }

private:
    GuestImage guest_;
    runtime::PhysicalAddress msr_bitmap_;
    OperandPages operands_;
    LegacyMode legacy_mode_;
    VmcsImage wide_;  ///< fields that only the wide base state has
    bool is_wide_ = false;
};

}  // namespace vmxspec::probe
