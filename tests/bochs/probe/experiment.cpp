#include "tests/bochs/probe/experiment.hpp"

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/time_stamp.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "tests/bochs/probe/memory.hpp"
#include "tests/bochs/probe/saved_msrs.hpp"

extern "C" {
// entry_behind_mov_ss.S
vmxspec::runtime::VmxOutcome vmxspec_entry_behind_mov_ss(vmxspec::runtime::VmEntryFrame* frame);
}

namespace vmxspec::probe {

namespace {

using runtime::VmEntryInstruction;
using runtime::VmxOutcome;

constexpr std::uint64_t entry_failure = 1U << 31;  // of the exit reason
constexpr std::uint64_t exit_reason_vmcall = 18;
constexpr std::uint32_t shadow_vmcs = 1U << 31;  // of the first 4 bytes of a VMCS region (SDM 27.2)

/// A field that every processor has.
[[nodiscard]] std::uint64_t read(Field field) {
    const auto read = runtime::vmread(encoding(field));
    if (read.outcome != VmxOutcome::succeed) {
        runtime::refuse("VMREAD of a field that every processor has failed");
    }
    return read.value;
}

}  // namespace

// The processor is taken by the manual's letter, and to accept the MSRs of an area that the manual leaves open.
Experiment::Experiment(runtime::PageAllocator& pages, std::span<const runtime::Region> ram)
    : ram_{ram}, state_{pages}, vmcs_{zeroed_page(pages)} {}

std::optional<Field> Experiment::prepare(const VmcsImage& image) {
    if (runtime::vmclear(vmcs_) != VmxOutcome::succeed) {
        runtime::refuse("VMCLEAR failed");
    }
    clear_page(vmcs_);
    *runtime::at<std::uint32_t>(vmcs_) = runtime::vmcs_revision();
    if (runtime::vmclear(vmcs_) != VmxOutcome::succeed || runtime::vmptrld(vmcs_) != VmxOutcome::succeed) {
        runtime::refuse("VMCLEAR or VMPTRLD failed");
    }
    return image.write();
}

std::optional<Field> Experiment::prepare_launched(const VmcsImage& image) {
    if (const auto missing = prepare(state_.describe({}, frame_))) {
        return missing;
    }
    if (enter({}).kind != Outcome::Kind::exit) {
        runtime::refuse("the base state does not enter");
    }
    return image.write();
}

bool Experiment::arrange(const Conditions& conditions) {
    if (conditions.has(Condition::no_current) || conditions.has(Condition::shadow)) {
        if (runtime::vmclear(vmcs_) != VmxOutcome::succeed) {
            runtime::refuse("VMCLEAR failed");
        }
    }
    if (conditions.has(Condition::shadow)) {
        *runtime::at<std::uint32_t>(vmcs_) |= shadow_vmcs;
        return runtime::vmptrld(vmcs_) == VmxOutcome::succeed;
    }
    return true;
}

hv::Circumstances Experiment::circumstances(const Conditions& conditions) const {
    hv::Circumstances result;
    result.readable = ram_;
    result.instruction =
        conditions.has(Condition::vmresume) ? VmEntryInstruction::vmresume : VmEntryInstruction::vmlaunch;
    result.launched = conditions.has(Condition::launched);
    result.current_is_shadow = conditions.has(Condition::shadow);
    result.blocking_by_mov_ss = conditions.has(Condition::mov_ss);
    if (conditions.has(Condition::legacy)) {
        result.mode = state_.legacy_mode().mode();
    }
    return result;
}

VmxOutcome Experiment::execute(const Conditions& conditions) {
    if (conditions.has(Condition::legacy)) {
        return state_.legacy_mode().enter(vmcs_);
    }
    if (conditions.has(Condition::mov_ss)) {
        return vmxspec_entry_behind_mov_ss(&frame_);
    }
    return vm_entry(frame_, circumstances(conditions).instruction);
}

Outcome Experiment::enter(const Trial& trial) {
    frame_ = {};
    const SavedMsrs saved{trial.entry_msr_load};
    const SavedMsrs exit_saved{trial.exit_msr_load};
    const HostRegisters before;
    before_ = runtime::read_time_stamp();
    const VmxOutcome outcome = execute(trial.conditions);
    after_ = runtime::read_time_stamp();
    const HostRegisters after;
    after.restore_to(before);
    saved.restore();
    exit_saved.restore();
    loaded_.reset();
    switch (outcome) {
        case VmxOutcome::succeed:
            // On the way back from legacy mode they became others.
            if (!trial.conditions.has(Condition::legacy)) {
                loaded_ = after;
            }
            return {Outcome::Kind::exit, read(Field::exit_reason), read(Field::exit_qualification)};
        case VmxOutcome::fail_valid: return {Outcome::Kind::fail_valid, read(Field::vm_instruction_error)};
        case VmxOutcome::fail_invalid: break;
    }
    return {Outcome::Kind::fail_invalid};
}

void Experiment::trace_after(const VmcsImage& before, const Outcome& outcome, Trace& trace) const {
    if (outcome.kind != Outcome::Kind::exit) {
        return;
    }
    if (state_.is_wide() && loaded_) {
        trace.host(*loaded_, base_loaded_);
    }
    if (state_.is_wide()) {
        trace.saved(before);
        return;
    }
    if ((outcome.number & entry_failure) != 0) {
        return;
    }
    std::optional<std::uint64_t> efer;
    if (outcome.number == exit_reason_vmcall && frame_.rcx == efer_was_read) {
        efer = frame_.rdx << 32 | frame_.rax;
    }
    trace.after({efer, read(Field::guest_cr0), read(Field::guest_cr4)});
}

std::uint64_t Experiment::widen_base(runtime::PageAllocator& pages, Trace& trace, Account& account) {
    if (prepare(state_.describe({}, frame_))) {
        runtime::refuse("a field of the base state does not exist");
    }
    state_.widen(pages, frame_);
    state_.operands().each([&](std::string_view name, runtime::PhysicalAddress page) { trace.page(name, page); });
    run({"base", {}, {}}, trace, account);
    base_loaded_ = loaded_;
    const VmcsImage image = state_.describe({}, frame_);
    if (prepare(image)) {
        runtime::refuse("a field of the wide base state does not exist");
    }
    for (const VmcsImage::Setting& setting : image.settings()) {
        base_.set(setting.field, read(setting.field));
    }
    Trial legacy{"base/legacy", {}, {}};
    legacy.conditions.set(Condition::legacy, 1);
    run(legacy, trace, account);
    return 2;
}

void Experiment::run(const Trial& trial, Trace& trace, Account& account) {
    const Conditions& conditions = trial.conditions;
    VmcsImage image = state_.describe(trial, frame_);
    if (conditions.has(Condition::link_is_current)) {
        image.set(Field::vmcs_link_pointer, raw(vmcs_));
    }
    trace.vector(trial.id);
    const auto missing = conditions.has(Condition::launched) ? prepare_launched(image) : prepare(image);
    if (missing) {
        trace.outcome(trial.id, {Outcome::Kind::unsupported, encoding(*missing)});
        account.not_tried(trial.id, encoding(*missing));
        return;
    }
    state_.write_memory(trial);
    VmcsImage before = image;
    before.read_back();
    trace.vmcs(before, base_);
    trace.area("entry", trial.entry_msr_load);
    trace.area("exit-store", trial.exit_msr_store);
    trace.area("exit-load", trial.exit_msr_load);
    if (!arrange(conditions)) {
        runtime::refuse("VMPTRLD of a shadow VMCS failed: the file of vectors is not for this processor");
    }
    const hv::Circumstances how = circumstances(conditions);
    trace.circumstances(how);
    const auto pointer = runtime::vmptrst();
    if (pointer.outcome != VmxOutcome::succeed) {
        runtime::refuse("VMPTRST failed");
    }
    trace.pointer(pointer.value);
    const hv::Prediction prediction = check_.predict(how);
    trace.memory(prediction.memory());
    const Outcome outcome = enter(trial);
    trace.at(before_, after_);
    trace_after(before, outcome, trace);
    trace.predicted(trial.id, prediction);
    trace.outcome(trial.id, outcome);
    account.entry(trial.id, prediction, outcome);
}

}  // namespace vmxspec::probe
