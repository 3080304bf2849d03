#include "hv/nested/entry_check.hpp"

#include "hv/check/memory_operands.hpp"
#include "hv/l1/physical_memory.hpp"
#include "hv/l1/vmcs.hpp"

namespace vmxspec::hv {

namespace {

/// Takes what may have changed, and notes whether it has.
class Inputs {
public:
    template <class Member, class Value>
    void take(Member& member, Value value) {
        changed_ = changed_ || member != value;
        member = value;
    }
    [[nodiscard]] bool changed() const { return changed_; }

private:
    bool changed_ = false;
};

void take_processor(Nested& nested, bool vmresume) {
    Vmcs12& s = nested.vmcs12;
    const InstructionState& before = nested.machine;
    Inputs inputs;
    inputs.take(s.before_cr0, before.before_cr0);
    inputs.take(s.before_cr3, read(Field::guest_cr3));
    inputs.take(s.before_cr4, before.before_cr4);
    inputs.take(s.before_efer, before.before_efer);
    inputs.take(s.before_cpl, before.before_cpl);
    inputs.take(s.before_cs_l, before.before_cs_l);
    inputs.take(s.before_current_vmcs, before.before_current_vmcs);
    inputs.take(s.before_current_is_shadow, before.before_current_is_shadow);
    inputs.take(s.before_blocking_by_mov_ss, before.before_blocking_by_mov_ss);
    inputs.take(s.before_launched, before.before_launched);
    inputs.take(s.before_vmresume, vmresume);
    s.before_in_vmx_operation = true;
    s.before_rflags = before.before_rflags;  // the state machine has looked at VM
    if (inputs.changed()) {
        nested.unchecked.insert(nested.rules_of_processor);
    }
}

void take_memory(Nested& nested) {
    Vmcs12& s = nested.vmcs12;
    const MemoryReads reads = memory_reads(s);
    const bool any = reads.vtpr || reads.link_word || reads.pdptes;
    if (!any && !nested.has_read_memory) {
        return;
    }
    nested.has_read_memory = any;
    Inputs inputs;
    inputs.take(s.memory_vtpr,
                reads.vtpr ? std::uint64_t{read_guest<std::uint8_t>(s.control_virtual_apic + vtpr_offset)} : 0);
    inputs.take(s.memory_link_word,
                reads.link_word ? std::uint64_t{read_guest<std::uint32_t>(s.guest_link_pointer)} : 0);
    std::array<std::uint64_t, 4> pdptes{};
    if (reads.pdptes) {
        pdptes = read_guest<std::array<std::uint64_t, 4>>(s.guest_cr3 & pae_cr3_address);
    }
    inputs.take(s.memory_pdpte0, pdptes[0]);
    inputs.take(s.memory_pdpte1, pdptes[1]);
    inputs.take(s.memory_pdpte2, pdptes[2]);
    inputs.take(s.memory_pdpte3, pdptes[3]);
    if (inputs.changed()) {
        nested.unchecked.insert(nested.rules_of_memory);
    }
}

}  // namespace

void take_inputs(Nested& nested, bool vmresume) {
    nested.written.drain([&](std::size_t number) {
        nested.stale.insert(nested.fields[number].rows);
        nested.unchecked.insert(nested.fields[number].rules);
        nested.host_is_stale = nested.host_is_stale || nested.fields[number].is_host_input;
    });
    take_processor(nested, vmresume);
    take_memory(nested);
}

generated::Rule first_broken(Nested& nested) {
    const generated::Rule broken = generated::first_violation(nested.vmcs12, nested.unchecked);
    if (broken == generated::Rule::none) {
        nested.unchecked = {};
    }
    return broken;
}

}  // namespace vmxspec::hv
