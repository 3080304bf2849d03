/// VMX for L1: what the hypervisor keeps of it for each logical processor.
#pragma once

#include "hv/check/live_state.hpp"
#include "hv/l1/processor.hpp"
#include "hv/nested/ept02.hpp"
#include "hv/nested/vmcs12.hpp"
#include "vmxspec/generated/vmx_instructions.hpp"

namespace vmxspec::hv {

using InstructionState = generated::InstructionState<std::uint64_t>;

/// The current-VMCS pointer when there is none.
inline constexpr std::uint64_t no_vmcs = ~std::uint64_t{0};

struct Nested {
    /// VMX operation of L1's processor as the state machine has it: what is not about one instruction stays valid.
    InstructionState machine;
    /// What the checks of L1's VM entries read: the processor's part, with the capabilities that L1 has, stays valid.
    State entry_state;

    Vmcs12 vmcs12;          ///< of `machine.before_current_vmcs`, if there is one
    PlaceSet fields;        ///< those that L1's VMCSs have
    std::uint64_t vmxons;   ///< how often L1 has entered VMX operation
    bool in_l2;             ///< VMCS02 is current, or L2 is about to run
    bool vmcs02_launched;
    bool vmcs02_written;    ///< its host state and what never changes
    bool one_gib_pages;     ///< L1's processor has them
    bool saves_timer;       ///< the processor can save the VMX-preemption timer
    bool has_bndcfgs;       ///< it saves IA32_BNDCFGS at each VM exit
    std::uint64_t last_vpid12;  ///< the VPID of the last VM entry of L1; 0: none
    bool nmi_pending;       ///< an NMI waits until L1 runs
    bool nmis_blocked;      ///< of L2, where L1 exits on NMIs and has no virtual ones (SDM table 27-3)
    runtime::PhysicalAddress vmcs02, msr_bitmap, sink;  ///< sink: what L1 puts where the hypervisor is
    Ept02 ept02;

    [[nodiscard]] bool in_vmx_operation() const { return machine.before_in_vmx_operation; }
    [[nodiscard]] bool has_vmcs() const { return machine.before_current_vmcs != no_vmcs; }
};

/// Whether L1 runs, or its L2: handlers of both ask it.
[[nodiscard]] inline bool runs_l2(const Processor& processor) {
    return processor.nested != nullptr && processor.nested->in_l2;
}

/// Whether L1 is in VMX operation.
[[nodiscard]] inline bool in_vmx_operation(const Processor& processor) {
    return processor.nested != nullptr && processor.nested->in_vmx_operation();
}

/// VMX for L1 of this processor, which is off yet; its VMCS01 must be current.
void begin_nested(Processor& processor);

}  // namespace vmxspec::hv
