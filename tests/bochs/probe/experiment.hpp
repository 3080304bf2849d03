/// One vector after the other, on the processor.
#pragma once

#include "hv/check/prediction.hpp"
#include "runtime/cpu/vm_entry.hpp"
#include "runtime/memory/page_allocator.hpp"
#include "tests/bochs/probe/account.hpp"
#include "tests/bochs/probe/base_state.hpp"
#include "tests/bochs/probe/host_registers.hpp"
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

    /// From now on the base state is wide (BaseState), and trials are told by their differences from it. It is reported
    /// here, tried under the id "base", and as it is for vectors of legacy protected mode under the id "base/legacy".
    /// \return how many vectors that were
    std::uint64_t widen_base(runtime::PageAllocator& pages, Trace& trace, Account& account);

    /// The base state with the changes of a trial: what its VMCS is to have.
    [[nodiscard]] VmcsImage describe(const Trial& trial) const { return state_.describe(trial, frame_); }

    /// What the manual says of the VM entry that the current VMCS describes.
    [[nodiscard]] hv::Prediction predict() const { return check_.predict(circumstances({})); }

private:
    /// A VMCS, made current anew, and the fields of the vector in it.
    /// \return the field that this processor does not have, if there is one
    [[nodiscard]] std::optional<Field> prepare(const VmcsImage& image);
    /// The same for a VMCS that was launched with the base state before.
    [[nodiscard]] std::optional<Field> prepare_launched(const VmcsImage& image);

    /// Whether the VMCS is, or is not, current in the way that the trial wants; false if the processor cannot do it.
    [[nodiscard]] bool arrange(const Conditions& conditions);
    [[nodiscard]] hv::Circumstances circumstances(const Conditions& conditions) const;

    [[nodiscard]] Outcome enter(const Trial& trial);
    [[nodiscard]] runtime::VmxOutcome execute(const Conditions& conditions);
    void trace_after(const VmcsImage& before, const Outcome& outcome, Trace& trace) const;

    hv::EntryCheck check_;
    std::span<const runtime::Region> ram_;
    BaseState state_;
    runtime::PhysicalAddress vmcs_;
    runtime::VmEntryFrame frame_{};
    std::uint64_t before_ = 0;  ///< time-stamp counter around the last VM entry
    std::uint64_t after_ = 0;
    VmcsImage base_;                            ///< the wide base state as VMREAD shows it; empty before
    std::optional<HostRegisters> loaded_;       ///< by the last VM exit, if there was one
    std::optional<HostRegisters> base_loaded_;  ///< by that of the base state
};

}  // namespace vmxspec::probe
