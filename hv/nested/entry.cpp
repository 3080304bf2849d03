#include "hv/nested/entry.hpp"

#include "hv/l1/exit.hpp"
#include "hv/l1/nmi.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/nested/controls12.hpp"
#include "hv/nested/entry_check.hpp"
#include "hv/nested/guest_memory.hpp"
#include "hv/nested/msr_area.hpp"
#include "hv/nested/operation.hpp"
#include "hv/nested/vmcs02.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/vmx.hpp"

namespace vmxspec::hv {

namespace {

using generated::Channel;
using generated::Ending;
using generated::Outcome;
using generated::Rule;

constexpr std::uint32_t entry_failure = std::uint32_t{1} << 31;  // of the exit reason (SDM 27.9.1)
constexpr std::uint32_t msr_loading = 34;

[[nodiscard]] InstructionResult evaluate(Nested& nested, bool vmresume, bool controls, bool host_state) {
    InstructionState& machine = nested.machine;
    machine.checks_controls = controls;
    machine.checks_host_state = host_state;
    machine.checks_guest_state = true;
    machine.checks_msr_load = true;
    return vmresume ? generated::vmresume(machine) : generated::vmlaunch(machine);
}

/// The VM entry fails after the checks of 29.2: L1 sees a VM exit (SDM 29.8). VMCS01 is current.
void fail(Processor& processor, Registers& registers, const Outcome& outcome, Leaving& leaving) {
    Nested& nested = *processor.nested;
    generated::ExitState<std::uint64_t>& x = leaving.state;
    x.failure_reason = outcome.number;
    x.failure_qualification = outcome.qualification;
    nested.vmcs12[Field::exit_reason] = entry_failure | outcome.number;
    nested.vmcs12[Field::exit_qualification] = outcome.qualification;
    load_host_state(processor, registers, leaving, true);
}

/// L1's registers as they are, VMCS01 being current.
[[nodiscard]] Leaving leaving_l1(const Nested& nested, const KeptRegisters& kept) {
    Leaving leaving{};
    leaving.state.cr0 = nested.machine.before_cr0;
    leaving.state.cr3 = read(Field::guest_cr3);
    leaving.state.cr4 = nested.machine.before_cr4;
    leaving.state.efer = nested.machine.before_efer;
    leaving.pat = kept.pat;
    return leaving;
}

/// What becomes of the VM-entry MSR-load area: checked entry by entry and loaded, up to the first that fails. Registers
/// of L2 are in VMCS02 afterwards, which is current.
struct AreaResult {
    std::uint32_t failed_entry;  ///< from 1; 0: none
    generated::MsrRule rule;
    std::uint64_t efer;
};

[[nodiscard]] AreaResult load_area(Processor& processor) {
    const Nested& nested = *processor.nested;
    const State& s = nested.entry_state;
    AreaResult result{0, generated::MsrRule::none, generated::loaded_efer(s)};
    const auto count = static_cast<std::uint32_t>(nested.vmcs12[Field::entry_msr_load_count]);
    for (std::uint32_t n = 0; n < count; ++n) {
        const auto entry =
            read_guest<MsrAreaEntry>(nested.vmcs12[Field::entry_msr_load] + n * sizeof(MsrAreaEntry));
        generated::MsrEntryState<std::uint64_t> state;
        state.index = entry.index;
        state.reserved = entry.reserved;
        state.data = entry.data;
        state.efer_before = result.efer;
        state.unlisted_accepted = true;
        result.rule = n < most_msr_entries(s) ? generated::first_violation(s, state)
                                              : generated::MsrRule::msr_load_model_specific;
        const std::uint64_t efer = generated::efer_after(s, state);
        const bool is_efer = entry.index == runtime::msr::ia32_efer;
        if (result.rule == generated::MsrRule::none && !load_msr(processor, entry.index, is_efer ? efer : entry.data)) {
            result.rule = generated::MsrRule::msr_load_wrmsr_gp;
        }
        if (result.rule != generated::MsrRule::none) {
            result.failed_entry = n + 1;
            return result;
        }
        result.efer = efer;
    }
    return result;
}

/// The VM entry is to be made: the checks of 29.1 to 29.3 have passed.
void enter(Processor& processor, Registers& registers) {
    Nested& nested = *processor.nested;
    const State& s = nested.entry_state;
    const KeptRegisters kept = kept_registers(processor);
    Leaving leaving = leaving_l1(nested, kept);
    constexpr std::uint64_t window = primary::nmi_window;
    if ((read(Field::processor_based_controls) & window) != 0) {
        withdraw_nmi_window();
        nested.nmi_pending = true;  // L2 takes it, or exits with it
    }
    make_current(nested.vmcs02);
    write_vmcs02(processor, kept, generated::loaded_efer(s));
    const AreaResult area = load_area(processor);
    if (area.failed_entry != 0) {
        const Outcome outcome{Channel::entry_failure, msr_loading, area.failed_entry};
        explain(nested, outcome, area.rule);
        leaving.state.cr0 = generated::loaded_cr0(s);
        leaving.state.cr4 = generated::loaded_cr4(s);
        leaving.state.efer = area.efer;
        leaving.pat = processor.controls.pat ? read(Field::guest_ia32_pat) : 0;
        make_current(processor.vmcs);
        fail(processor, registers, outcome, leaving);
        return pass_on_nmi(nested);
    }
    nested.machine.before_launched = true;
    nested.vmcs12.head.launched_since = nested.vmxons;
    nested.in_l2 = true;
    pass_on_nmi(nested);
    if (!nested.vmcs02_launched) {
        vmxspec_l1_launch(&registers);
    }
}

void enter_if_allowed(Processor& processor, Registers& registers, bool vmresume) {
    Nested& nested = *processor.nested;
    read_before(processor);
    InstructionResult result = evaluate(nested, vmresume, true, true);
    if (result.ending != Ending::enter) {
        return finish(processor, result);
    }
    read_entry12(nested, vmresume);
    const Rule broken = first_broken(nested);
    if (broken == Rule::none) {
        return enter(processor, registers);
    }
    const Outcome& outcome = generated::information(broken)->outcomes[0];
    explain(nested, outcome, generated::MsrRule::none);
    if (outcome.channel == Channel::entry_failure) {
        Leaving leaving = leaving_l1(nested, kept_registers(processor));
        return fail(processor, registers, outcome, leaving);
    }
    constexpr std::uint32_t invalid_controls = 7;
    const bool controls = outcome.number != invalid_controls;
    result = evaluate(nested, vmresume, controls, !controls);
    finish(processor, result);
}

}  // namespace

void make_current(runtime::PhysicalAddress vmcs) {
    if (runtime::vmptrld(vmcs) != runtime::VmxOutcome::succeed) {
        vmxspec_vmcs_access_failed();
    }
}

void exit_to_l1(Processor& processor, Registers& registers, Leaving& leaving) {
    Nested& nested = *processor.nested;
    nested.in_l2 = false;
    make_current(processor.vmcs);
    load_host_state(processor, registers, leaving, false);
    pass_on_nmi(nested);
}

void handle_vmlaunch(Processor& processor, Registers& registers) { enter_if_allowed(processor, registers, false); }
void handle_vmresume(Processor& processor, Registers& registers) { enter_if_allowed(processor, registers, true); }

}  // namespace vmxspec::hv
