#include "tests/bochs/probe/experiment.hpp"

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/time_stamp.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "tests/bochs/probe/capabilities.hpp"
#include "tests/bochs/probe/host_state.hpp"
#include "tests/bochs/probe/memory.hpp"
#include "tests/bochs/probe/saved_msrs.hpp"

namespace vmxspec::probe {

namespace {

using runtime::raw;
using runtime::VmxOutcome;

constexpr std::uint64_t entry_failure = 1U << 31;  // of the exit reason
constexpr std::uint64_t exit_reason_vmcall = 18;

constexpr std::uint64_t four_levels_write_back = 3 << 3 | 6;  // of the EPTP (SDM table 27-9)

/// Fields that hold the address of a page, or of something that fits one.
[[nodiscard]] bool wants_page(Field field) {
    using enum Field;
    switch (field) {
        case pml_address:
        case virtual_apic_address:
        case apic_access_address:
        case posted_interrupt_descriptor:
        case eptp:
        case vmread_bitmap:
        case vmwrite_bitmap:
        case virtualization_exception_information: return true;
        default: return false;
    }
}

/// A field that every processor has.
[[nodiscard]] std::uint64_t read(Field field) {
    const auto read = runtime::vmread(encoding(field));
    if (read.outcome != VmxOutcome::succeed) {
        runtime::refuse("VMREAD of a field that every processor has failed");
    }
    return read.value;
}

/// The controls of the base state: as few as the processor allows, MSR bitmaps if there are any, and a
/// 64-bit host, which the probe is.
void describe_controls(VmcsImage& image) {
    using enum Field;
    image.set(pin_based_controls, allowed_settings(pin_based_controls).adjust(0));
    image.set(processor_based_controls, allowed_settings(processor_based_controls).adjust(control::use_msr_bitmaps));
    image.set(exception_bitmap, 0xffff'ffff);  // no exception stays in the guest, which has no IDT
    image.set(page_fault_error_code_mask, 0);
    image.set(page_fault_error_code_match, 0);
    image.set(cr3_target_count, 0);
    image.set(exit_controls, allowed_settings(exit_controls).adjust(control::host_address_space_size));
    image.set(exit_msr_store_count, 0);
    image.set(exit_msr_load_count, 0);
    image.set(entry_controls, allowed_settings(entry_controls).adjust(0));
    image.set(entry_interruption_information, 0);
    image.set(entry_exception_error_code, 0);
    image.set(entry_instruction_length, 0);
    image.set(io_bitmap_a, 0);
    image.set(io_bitmap_b, 0);
    image.set(exit_msr_store_address, 0);
    image.set(exit_msr_load_address, 0);
    image.set(tsc_offset, 0);
    image.set(cr0_guest_host_mask, 0);
    image.set(cr4_guest_host_mask, 0);
    image.set(cr0_read_shadow, 0);
    image.set(cr4_read_shadow, 0);
}

}  // namespace

// The VMCS is fresh for each vector, so VMLAUNCH finds its launch state clear. The processor is taken by the manual's
// letter, and to accept the MSRs of an area that the manual leaves open.
Experiment::Experiment(runtime::PageAllocator& pages, std::span<const runtime::Region> ram)
    : guest_{pages}, vmcs_{zeroed_page(pages)}, msr_bitmap_{zeroed_page(pages)}, entry_msr_area_{zeroed_page(pages)} {
    circumstances_.readable = ram;
}

VmcsImage Experiment::describe(const Trial& trial) const {
    VmcsImage image = wide_;
    describe_controls(image);
    const bool bitmaps = (image.value(Field::processor_based_controls) & control::use_msr_bitmaps) != 0;
    image.set(Field::msr_bitmap, bitmaps ? raw(msr_bitmap_) : 0);
    const std::span<const MsrEntry> area = trial.entry_msr_load;
    image.set(Field::entry_msr_load_count, area.size());
    image.set(Field::entry_msr_load_address, raw(entry_msr_area_));
    guest_.describe(image, bitmaps);
    describe_host(image, frame_);
    if (is_wide_) {
        image.set(Field::pin_based_controls,
                  allowed_settings(Field::pin_based_controls).adjust(control::preemption_timer));
    }
    for (const Change& change : trial.changes) {
        image.apply(change);
    }
    return image;
}

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

Outcome Experiment::enter(std::span<const MsrEntry> loaded) {
    frame_ = {};
    const SavedMsrs saved{loaded};
    const std::uint64_t cr0 = runtime::read_cr0();
    const std::uint64_t cr4 = runtime::read_cr4();
    before_ = runtime::read_time_stamp();
    const VmxOutcome outcome = vm_entry(frame_, runtime::VmEntryInstruction::vmlaunch);
    after_ = runtime::read_time_stamp();
    // A machine that does not check the host state may have loaded another one.
    if (runtime::read_cr4() != cr4) {
        runtime::write_cr4(cr4);
    }
    if (runtime::read_cr0() != cr0) {
        runtime::write_cr0(cr0);
    }
    saved.restore();
    switch (outcome) {
        case VmxOutcome::succeed:
            return {Outcome::Kind::exit, read(Field::exit_reason), read(Field::exit_qualification)};
        case VmxOutcome::fail_valid: return {Outcome::Kind::fail_valid, read(Field::vm_instruction_error)};
        case VmxOutcome::fail_invalid: break;
    }
    return {Outcome::Kind::fail_invalid};
}

void Experiment::trace_after(const Outcome& outcome, Trace& trace) const {
    if (outcome.kind != Outcome::Kind::exit || (outcome.number & entry_failure) != 0) {
        return;
    }
    std::optional<std::uint64_t> efer;
    if (outcome.number == exit_reason_vmcall && frame_.rcx == efer_was_read) {
        efer = frame_.rdx << 32 | frame_.rax;
    }
    trace.after({efer, read(Field::guest_cr0), read(Field::guest_cr4)});
}

void Experiment::widen_base(runtime::PageAllocator& pages, Trace& trace, Account& account) {
    if (prepare(describe({}))) {
        runtime::refuse("a field of the base state does not exist");
    }
    const VmcsImage narrow = describe({});
    hv::State state;  // only its list of fields
    generated::each_vmcs_field(state, [&](std::uint32_t number, const auto& /*member*/) {
        const auto field = static_cast<Field>(number);
        if (is_read_only(field) || narrow.has(field) || runtime::vmwrite(encoding(field), 0) != VmxOutcome::succeed) {
            return;
        }
        wide_.set(field, wants_page(field) ? raw(zeroed_page(pages)) : 0);
    });
    if (wide_.has(Field::eptp)) {
        wide_.set(Field::eptp, wide_.value(Field::eptp) | four_levels_write_back);
    }
    is_wide_ = true;
    base_ = {};
    run({"base", {}, {}}, trace, account);
    const VmcsImage image = describe({});
    if (prepare(image)) {
        runtime::refuse("a field of the wide base state does not exist");
    }
    for (const VmcsImage::Setting& setting : image.settings()) {
        base_.set(setting.field, read(setting.field));
    }
}

void Experiment::run(const Trial& trial, Trace& trace, Account& account) {
    const std::span<const MsrEntry> area = trial.entry_msr_load;
    __builtin_memcpy(runtime::at<void>(entry_msr_area_), area.data(), area.size_bytes());
    const VmcsImage image = describe(trial);
    trace.vector(trial.id);
    if (const auto missing = prepare(image)) {
        trace.outcome(trial.id, {Outcome::Kind::unsupported, encoding(*missing)});
        account.not_tried(trial.id, encoding(*missing));
        return;
    }
    trace.vmcs(image, base_);
    trace.entry_msr_load(area);
    const auto pointer = runtime::vmptrst();
    if (pointer.outcome != VmxOutcome::succeed) {
        runtime::refuse("VMPTRST failed");
    }
    trace.pointer(pointer.value);
    const hv::Prediction prediction = check_.predict(circumstances_);
    trace.memory(prediction.memory());
    const Outcome outcome = enter(area);
    trace.at(before_, after_);
    trace_after(outcome, trace);
    trace.predicted(trial.id, prediction);
    trace.outcome(trial.id, outcome);
    account.entry(trial.id, prediction, outcome);
}

}  // namespace vmxspec::probe
