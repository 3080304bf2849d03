#include "hv/check/rule_table.hpp"
#include "hv/l1/event.hpp"
#include "hv/l1/exit.hpp"
#include "hv/l1/nmi.hpp"
#include "hv/l1/physical_memory.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/nested/controls12.hpp"
#include "hv/nested/entry_check.hpp"
#include "hv/nested/msr_area.hpp"
#include "hv/nested/operation.hpp"
#include "hv/nested/shadow02.hpp"
#include "hv/nested/to_l1.hpp"
#include "hv/nested/vmcs02.hpp"
#include "hv/trace/explanation.hpp"
#include "hv/trace/nested_trace.hpp"
#include "runtime/cpu/msr.hpp"

namespace vmxspec::hv {

namespace {

using generated::Channel;
using generated::MsrRule;
using generated::Outcome;
using generated::Rule;

[[nodiscard]] InstructionRow row_of_entry(Nested& nested, bool vmresume, bool controls, bool host_state) {
    InstructionState& machine = nested.machine;
    machine.checks_controls = controls;
    machine.checks_host_state = host_state;
    machine.checks_guest_state = true;
    machine.checks_msr_load = true;
    return vmresume ? generated::row_of_vmresume(machine) : generated::row_of_vmlaunch(machine);
}

/// L1's registers as they are become what a failure leaves; VMCS01 is current.
void read_l1(Nested& nested) {
    nested.nmis_blocked = false;  // that was L2's
    read_exited(nested);
    nested.exited.guest_cr0 = nested.exiting.cr0 = nested.machine.before_cr0;
    nested.exited.guest_cr4 = nested.exiting.cr4 = nested.machine.before_cr4;
    nested.exiting.by_nmi = false;
}

/// The VM entry fails after the checks of 29.2: L1 sees a VM exit (SDM 29.8).
void fail(Processor& processor, Registers& registers, const Outcome& outcome) {
    constexpr std::uint32_t entry_failure = std::uint32_t{1} << 31;  // of the exit reason (SDM 27.9.1)
    Vmcs12& v = processor.nested->vmcs12;
    v.information_exit_reason = entry_failure | outcome.number;
    v.information_exit_qualification = outcome.qualification;
    load_l1(processor, registers);
    trace_failure(*processor.nested, outcome);
}

/// What becomes of the VM-entry MSR-load area.
struct AreaResult {
    std::uint32_t failed_entry;  ///< from 1; 0: none
    MsrRule rule;
    std::uint64_t efer;
    MsrAreaEntry entry;  ///< the one that failed
};

/// Checks and loads it entry by entry, up to the first that fails. Registers of L2 are in VMCS02, which is current.
[[nodiscard]] AreaResult load_area(Processor& processor) {
    const Vmcs12& v = processor.nested->vmcs12;
    AreaResult result{0, MsrRule::none, generated::loaded_efer(v), {}};
    const auto count = static_cast<std::uint32_t>(v.control_entry_msr_load_count);
    for (std::uint32_t n = 0; n < count; ++n) {
        const auto entry = read_guest<MsrAreaEntry>(v.control_entry_msr_load + n * sizeof(MsrAreaEntry));
        generated::MsrEntryState<std::uint64_t> state;
        state.index = entry.index;
        state.reserved = entry.reserved;
        state.data = entry.data;
        state.efer_before = result.efer;
        state.unlisted_accepted = true;
        result.rule = n < most_msr_entries(v) ? generated::first_violation(v, state) : MsrRule::msr_load_model_specific;
        const std::uint64_t efer = generated::efer_after(v, state);
        const bool is_efer = entry.index == runtime::msr::ia32_efer;
        if (result.rule == MsrRule::none && !load_msr(processor, entry.index, is_efer ? efer : entry.data)) {
            result.rule = MsrRule::msr_load_wrmsr_gp;
        }
        if (result.rule != MsrRule::none) {
            result.failed_entry = n + 1;
            result.entry = entry;
            return result;
        }
        result.efer = efer;
    }
    return result;
}

/// An entry of the area has failed: the guest state was loaded, and L1's is loaded again.
void fail_by_area(Processor& processor, Registers& registers, const AreaResult& area) {
    constexpr std::uint32_t msr_loading = 34;
    Nested& nested = *processor.nested;
    const Outcome outcome{Channel::entry_failure, msr_loading, area.failed_entry};
    explain(nested, area.rule, outcome, area.entry);
    nested.exited.guest_cr0 = nested.exiting.cr0 = generated::loaded_cr0(nested.vmcs12);
    nested.exited.guest_cr4 = nested.exiting.cr4 = generated::loaded_cr4(nested.vmcs12);
    nested.exited.guest_efer = nested.exiting.efer = area.efer;
    nested.exited.guest_pat = processor.controls.pat ? read(Field::guest_ia32_pat) : 0;
    fail(processor, registers, outcome);
}

/// VMCS02 is current, and as L2 is to begin. \return whether the VM entry is to be made
[[nodiscard]] bool make_ready(Processor& processor, Registers& registers) {
    Nested& nested = *processor.nested;
    const Vmcs12& v = nested.vmcs12;
    const VmcsSwitch guard{nested};
    if (uses_secondary(v, secondary::vmcs_shadowing)) {
        publish_to_shadow02(nested);
    }
    make_current(nested.vmcs02);
    write_rows(processor);
    generated::each_entry_software_load(v, [](std::uint32_t index, bool loads, std::uint64_t value) {
        if (loads) {
            static_cast<void>(runtime::write_msr(index, value));  // the checks have looked at the value
        }
    });
    if (v.control_entry_msr_load_count != 0) {
        if (const AreaResult area = load_area(processor); area.failed_entry != 0) {
            fail_by_area(processor, registers, area);
            return false;
        }
    }
    nested.machine.before_launched = true;
    nested.head.launched_since = nested.vmxons;
    nested.in_l2 = true;
    return true;
}

/// The checks of 29.1 to 29.3 have passed.
void enter(Processor& processor, Registers& registers) {
    Nested& nested = *processor.nested;
    if (__atomic_load_n(&nested.nmi_pending, __ATOMIC_SEQ_CST)) {
        withdraw_nmi_window();  // L2 takes it, or exits with it
    }
    prepare_rows(processor);
    if (nested.vmcs12.control_entry_msr_load_count != 0) {
        read_l1(nested);
    }
    if (make_ready(processor, registers) && !nested.vmcs02_launched) {
        vmxspec_l1_launch(&registers);
    }
}

void enter_if_allowed(Processor& processor, Registers& registers, bool vmresume) {
    Nested& nested = *processor.nested;
    read_before(processor);
    take_written_fields(processor);
    take_inputs(nested, vmresume);
    const InstructionRow row = row_of_entry(nested, vmresume, true, true);
    if (ending_of(nested, row) != Ending::enter) {
        explain(nested, row);
        trace_refusal(nested, row);
        return finish(processor, row);
    }
    const Rule broken = first_broken(nested);
    if (broken == Rule::none) {
        trace_entry(nested);
        return enter(processor, registers);
    }
    const Outcome& outcome = rule_outcome(static_cast<std::size_t>(broken));
    explain(nested, broken, outcome);
    trace_refusal(nested, outcome);
    if (outcome.channel == Channel::entry_failure) {
        read_l1(nested);
        return fail(processor, registers, outcome);
    }
    constexpr std::uint32_t invalid_controls = 7;
    const bool controls = outcome.number != invalid_controls;
    finish(processor, row_of_entry(nested, vmresume, controls, !controls));
}

}  // namespace

void return_failed_entry(Processor& processor, Registers& registers) {
    Nested& nested = *processor.nested;
    const Outcome outcome{Channel::entry_failure, static_cast<std::uint32_t>(read(Field::exit_reason) & 0xffff),
                          static_cast<std::uint32_t>(read(Field::exit_qualification))};
    explain_processor(nested, outcome);
    if (!nested.vmcs12.before_vmresume) {
        nested.machine.before_launched = false;
        nested.head.launched_since = 0;
    }
    const VmcsSwitch guard{nested};
    make_current(processor.vmcs);
    read_l1(nested);
    fail(processor, registers, outcome);
}

void handle_vmlaunch(Processor& processor, Registers& registers) { enter_if_allowed(processor, registers, false); }
void handle_vmresume(Processor& processor, Registers& registers) { enter_if_allowed(processor, registers, true); }

}  // namespace vmxspec::hv
