#include "tests/bochs/probe/base_state.hpp"

#include "hv/check/live_state.hpp"
#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/vmx.hpp"
#include "tests/bochs/probe/capabilities.hpp"
#include "tests/bochs/probe/host_state.hpp"
#include "tests/bochs/probe/memory.hpp"

namespace vmxspec::probe {

namespace {

using runtime::raw;

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
    image.set(entry_controls, allowed_settings(entry_controls).adjust(0));
    image.set(entry_interruption_information, 0);
    image.set(entry_exception_error_code, 0);
    image.set(entry_instruction_length, 0);
    image.set(io_bitmap_a, 0);
    image.set(io_bitmap_b, 0);
    image.set(tsc_offset, 0);
    image.set(cr0_guest_host_mask, 0);
    image.set(cr4_guest_host_mask, 0);
    image.set(cr0_read_shadow, 0);
    image.set(cr4_read_shadow, 0);
}

/// No guest executes an instruction, and all that a VM exit may save is saved.
void describe_wide_controls(VmcsImage& image) {
    using enum Field;
    image.set(pin_based_controls, allowed_settings(pin_based_controls).adjust(control::preemption_timer));
    image.set(exit_controls, allowed_settings(exit_controls)
                                 .adjust(control::host_address_space_size | control::save_debug_controls |
                                         control::save_pat | control::save_efer));
}

}  // namespace

BaseState::BaseState(runtime::PageAllocator& pages)
    : guest_{pages}, msr_bitmap_{zeroed_page(pages)}, operands_{pages}, legacy_mode_{pages, guest_.page_directory()} {}

VmcsImage BaseState::describe(const Trial& trial, const runtime::VmEntryFrame& frame) const {
    VmcsImage image = wide_;
    describe_controls(image);
    const bool bitmaps = (image.value(Field::processor_based_controls) & control::use_msr_bitmaps) != 0;
    image.set(Field::msr_bitmap, bitmaps ? raw(msr_bitmap_) : 0);
    guest_.describe(image, bitmaps);
    describe_host(image, frame);
    if (is_wide_) {
        describe_wide_controls(image);
    }
    if (trial.conditions.has(Condition::legacy)) {
        legacy_mode_.describe_host(image);
    }
    operands_.describe(image, trial);
    for (const Change& change : trial.changes) {
        image.apply(change);
    }
    return image;
}

void BaseState::widen(runtime::PageAllocator& pages, const runtime::VmEntryFrame& frame) {
    const VmcsImage narrow = describe({}, frame);
    hv::State state;  // only its list of fields
    generated::each_vmcs_field(state, [&](std::uint32_t number, const auto& /*member*/) {
        const auto field = static_cast<Field>(number);
        if (is_read_only(field) || narrow.has(field) ||
            runtime::vmwrite(encoding(field), 0) != runtime::VmxOutcome::succeed) {
            return;
        }
        wide_.set(field, wants_page(field) ? raw(zeroed_page(pages)) : 0);
    });
    if (wide_.has(Field::eptp)) {
        wide_.set(Field::eptp, wide_.value(Field::eptp) | four_levels_write_back);
    }
    is_wide_ = true;
}

void BaseState::write_memory(const Trial& trial) const {
    const bool has_page = wide_.has(Field::virtual_apic_address);
    operands_.write(trial, has_page ? std::optional{runtime::PhysicalAddress{wide_.value(Field::virtual_apic_address)}}
                                    : std::nullopt);
}

}  // namespace vmxspec::probe
