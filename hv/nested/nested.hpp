/// VMX for L1: what the hypervisor keeps of it for each logical processor.
#pragma once

#include "hv/l1/processor.hpp"
#include "hv/l1/repetition.hpp"
#include "hv/nested/ept02.hpp"
#include "hv/nested/vmcs12.hpp"
#include "vmxspec/generated/entry_load.hpp"
#include "vmxspec/generated/vmx_instructions.hpp"

namespace vmxspec::hv {

using InstructionState = generated::InstructionState<std::uint64_t>;

/// The current-VMCS pointer when there is none.
inline constexpr std::uint64_t no_vmcs = ~std::uint64_t{0};

/// The shadow VMCS, where the processor has such (shadow_vmcs.hpp).
struct Shadow {
    static constexpr std::size_t most_fields = 32;

    bool is_there;
    runtime::PhysicalAddress vmcs, vmread_bitmap, vmwrite_bitmap;
    std::array<std::uint64_t, most_fields> values;  ///< what it has, but for what L1 has written since
};

/// The shadow VMCS of L2's (shadow02.hpp).
struct Shadow02 {
    runtime::PhysicalAddress vmcs, vmread_bitmap, vmwrite_bitmap;
    std::array<std::uint64_t, field_places> values;             ///< what it has
    std::array<std::uint64_t, 2 * field_groups.size()> absent;  ///< of a bitmap: fields that L1's VMCSs do not have
};

class EntryTrace;

struct Nested {
    /// VMX operation of L1's processor as the state machine has it: what is not about one instruction stays valid.
    InstructionState machine;
    InstructionState next;  ///< what the instruction at hand changes; the rest means nothing

    /// The current VMCS12, if there is one, with what its checks read of L1's processor. Capabilities are those that L1
    /// reads.
    Vmcs12 vmcs12;
    Vmcs12Head head;
    std::array<std::uint64_t, field_places> image;  ///< on its way from or to L1's memory
    FieldMap fields;
    FieldSet written;                    ///< fields that L1 has written since the last VM entry or so
    generated::RuleSet unchecked;        ///< rules that read what has changed since a VM entry that they let pass
    generated::vmcs02::RowSet stale;     ///< fields of VMCS02 that are not as VMCS12 wants them
    generated::vmcs02::RowSet existing;  ///< fields that the processor has
    generated::RuleSet rules_of_processor, rules_of_memory;  ///< those that read `before.*` and `memory.*`

    generated::Level0<std::uint64_t> level0;
    generated::ExitedVmcs02<std::uint64_t> exited;
    generated::ExitState<std::uint64_t> exiting;

    /// L1's registers after each VM exit, as far as they follow from VMCS12's host state alone (generated::l1).
    std::array<std::uint64_t, generated::l1::host_row_count> host;

    std::uint64_t vmxons;       ///< how often L1 has entered VMX operation
    std::uint64_t last_vpid12;  ///< the VPID of the last VM entry of L1; 0: none
    bool host_is_stale;         ///< `host` is not what VMCS12 wants
    bool in_l2;                 ///< VMCS02 is current, or about to be
    bool vmcs02_launched;
    bool has_read_memory;  ///< the last checks have, or what they have read may stand in `memory.*`
    bool one_gib_pages;    ///< L1's processor has them
    bool switching;        ///< the current VMCS is none that is about to be entered
    bool nmi_pending;      ///< an NMI waits for a guest that takes it
    bool nmis_blocked;     ///< of L2, where L1 exits on NMIs and has no virtual ones (SDM table 27-3)
    runtime::PhysicalAddress vmcs02, msr_bitmap;
    runtime::PhysicalAddress ept02_memory;
    runtime::PhysicalAddress sink;  ///< what is where the hypervisor is, for L2 and for the processor on L1's behalf
    Ept02 ept02;
    Shadow shadow;
    Shadow02 shadow02;
    EntryTrace* trace;  ///< null: not asked for

    /// Failed VM entries by their reason: a rule, a rule of the MSR-load area, a row of VMLAUNCH and VMRESUME,
    /// or the processor's own.
    static constexpr std::size_t first_area_failure = generated::rule_count,
                                 first_row_failure = first_area_failure + generated::msr_rule_count,
                                 processor_failure = first_row_failure + generated::instruction_row_count;
    Repetitions<processor_failure + 1> failures;

    [[nodiscard]] bool in_vmx_operation() const { return machine.before_in_vmx_operation; }
    [[nodiscard]] bool has_vmcs() const { return machine.before_current_vmcs != no_vmcs; }
};

/// While this exists, VMCSs are made current one after the other, the last of which is entered then: an NMI that comes
/// in between goes to that one's guest.
class VmcsSwitch {
public:
    explicit VmcsSwitch(Nested& nested) : nested_{&nested} { set(true); }
    ~VmcsSwitch();
    VmcsSwitch(const VmcsSwitch&) = delete;
    VmcsSwitch& operator=(const VmcsSwitch&) = delete;

private:
    void set(bool switching) { __atomic_store_n(&nested_->switching, switching, __ATOMIC_SEQ_CST); }

    Nested* nested_;
};

/// An NMI has come: where there are two guests, Nested::nmi_pending and not a window tells of it, for a window may be
/// left in the VMCS of the guest that has not taken it. \return whether no VMCS is to be written
inline bool keep_nmi(const Processor& processor) {
    Nested* const nested = processor.nested;
    if (nested == nullptr) {
        return false;
    }
    __atomic_store_n(&nested->nmi_pending, true, __ATOMIC_SEQ_CST);
    return __atomic_load_n(&nested->switching, __ATOMIC_SEQ_CST);
}

/// The NMI that waits goes to the guest. \return whether there is one
[[nodiscard]] inline bool take_nmi(const Processor& processor) {
    Nested* const nested = processor.nested;
    return nested == nullptr || __atomic_exchange_n(&nested->nmi_pending, false, __ATOMIC_SEQ_CST);
}

/// Whether L1 is in VMX operation.
[[nodiscard]] inline bool in_vmx_operation(const Processor& processor) {
    return processor.nested != nullptr && processor.nested->in_vmx_operation();
}

/// The memory of it, for a processor that has not begun, by its number.
[[nodiscard]] Nested* reserve_nested(std::uint32_t processor);

/// VMX for L1 of this processor, which is off yet; its VMCS01 must be current and written.
void begin_nested(Processor& processor);

/// What RDMSR of a capability MSR gives L1. False: there is none, and it is #GP(0).
[[nodiscard]] bool offered_capability(const Nested& nested, std::uint32_t index, std::uint64_t& value);

}  // namespace vmxspec::hv
