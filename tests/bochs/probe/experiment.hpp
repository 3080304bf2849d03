/// One vector after the other, on the processor.
#pragma once

#include "hv/check/prediction.hpp"
#include "runtime/cpu/vm_entry.hpp"
#include "runtime/memory/page_allocator.hpp"
#include "tests/bochs/probe/account.hpp"
#include "tests/bochs/probe/guest_image.hpp"
#include "tests/bochs/probe/trace.hpp"
#include "tests/bochs/probe/vector.hpp"

namespace vmxspec::probe {

/// Everything that a VM entry of the base state needs. The processor is in VMX root operation.
class Experiment {
public:
    /// Takes the pages; refuses to go on without them.
    /// \param ram  memory that the live checks may read
    Experiment(runtime::PageAllocator& pages, std::span<const runtime::Region> ram);

    /// Tries the entry and reports it: the state before, what the manual says of it, and what came of it.
    void run(const Trial& trial, Trace& trace, Account& account);

    /// From now on the base state gives a value to every field that this processor's VMCS has, addresses of pages to
    /// what wants one, and no guest executes an instruction if the processor has the VMX-preemption timer: it expires
    /// at once. What a trial reports of its fields is how they differ from this state, which is reported here under
    /// the id "base".
    void widen_base(runtime::PageAllocator& pages, Trace& trace, Account& account);

private:
    /// A VMCS, made current anew, and the fields of the vector in it.
    /// \return the field that this processor does not have, if there is one
    [[nodiscard]] std::optional<Field> prepare(const VmcsImage& image);

    [[nodiscard]] VmcsImage describe(const Trial& trial) const;
    [[nodiscard]] Outcome enter(std::span<const MsrEntry> loaded);
    void trace_after(const Outcome& outcome, Trace& trace) const;

    hv::EntryCheck check_;
    hv::Circumstances circumstances_;
    GuestImage guest_;
    runtime::PhysicalAddress vmcs_;
    runtime::PhysicalAddress msr_bitmap_;
    runtime::PhysicalAddress entry_msr_area_;
    runtime::VmEntryFrame frame_{};
    std::uint64_t before_ = 0;  ///< time-stamp counter around the last VM entry
    std::uint64_t after_ = 0;
    VmcsImage wide_;  ///< fields that only the wide base state has
    VmcsImage base_;  ///< the wide base state as VMREAD shows it; empty before
    bool is_wide_ = false;
};

}  // namespace vmxspec::probe
