#include "hv/nested/shadow_vmcs.hpp"

#include <utility>

#include "hv/l1/vmcs.hpp"
#include "hv/nested/controls12.hpp"
#include "hv/nested/to_l1.hpp"
#include "hv/nested/vmcs02.hpp"
#include "runtime/cpu/vmx.hpp"
#include "runtime/cpu/vmx_operation.hpp"

namespace vmxspec::hv {

namespace {

struct Row {
    Field field;
    std::uint64_t Vmcs12::*member;
    bool written;  ///< by L1 without a VM exit, too
};

/// What a hypervisor reads at most of its VM exits, and writes before most of its VM entries; every processor has it.
constexpr std::array rows{
    Row{Field::guest_cs_selector, &Vmcs12::guest_cs_selector, false},
    Row{Field::guest_physical_address, &Vmcs12::information_guest_physical_address, false},
    Row{Field::processor_based_controls, &Vmcs12::control_proc, true},
    Row{Field::exception_bitmap, &Vmcs12::control_exception_bitmap, true},
    Row{Field::entry_controls, &Vmcs12::control_entry, true},
    Row{Field::entry_interruption_information, &Vmcs12::control_injected_event, true},
    Row{Field::entry_exception_error_code, &Vmcs12::control_injected_event_error_code, true},
    Row{Field::entry_instruction_length, &Vmcs12::control_entry_instruction_length, true},
    Row{Field::exit_reason, &Vmcs12::information_exit_reason, false},
    Row{Field::exit_interruption_information, &Vmcs12::information_exiting_event, false},
    Row{Field::exit_interruption_error_code, &Vmcs12::information_exiting_event_error_code, false},
    Row{Field::idt_vectoring_information, &Vmcs12::information_original_event, false},
    Row{Field::idt_vectoring_error_code, &Vmcs12::information_original_event_error_code, false},
    Row{Field::exit_instruction_length, &Vmcs12::information_exit_instruction_length, false},
    Row{Field::exit_instruction_information, &Vmcs12::information_exit_instruction_information, false},
    Row{Field::guest_cs_access_rights, &Vmcs12::guest_cs_access_rights, false},
    Row{Field::guest_ss_access_rights, &Vmcs12::guest_ss_access_rights, false},
    Row{Field::guest_interruptibility_state, &Vmcs12::guest_interruptibility, true},
    Row{Field::guest_activity_state, &Vmcs12::guest_activity, true},
    Row{Field::cr0_read_shadow, &Vmcs12::control_cr0_shadow, true},
    Row{Field::cr4_read_shadow, &Vmcs12::control_cr4_shadow, true},
    Row{Field::exit_qualification, &Vmcs12::information_exit_qualification, false},
    Row{Field::guest_linear_address, &Vmcs12::information_guest_linear_address, false},
    Row{Field::guest_cr0, &Vmcs12::guest_cr0, true},
    Row{Field::guest_cr3, &Vmcs12::guest_cr3, true},
    Row{Field::guest_cr4, &Vmcs12::guest_cr4, true},
    Row{Field::guest_rsp, &Vmcs12::guest_rsp, true},
    Row{Field::guest_rip, &Vmcs12::guest_rip, true},
    Row{Field::guest_rflags, &Vmcs12::guest_rflags, true},
};
static_assert(rows.size() <= Shadow::most_fields);

/// VMREAD and VMWRITE of an encoding whose bit is 0 go to the shadow VMCS (SDM 27.6.15).
void fill_bitmap(runtime::PhysicalAddress bitmap, bool of_writes) {
    auto* const bytes = runtime::at<std::uint8_t>(bitmap);
    __builtin_memset(bytes, 0xff, runtime::page_size);
    for (const Row& row : rows) {
        if (row.written || !of_writes) {
            const std::uint64_t encoding = hv::encoding(row.field);
            const bool has_high = width_of(encoding) == FieldWidth::bits64;
            bytes[encoding / 8] &= static_cast<std::uint8_t>(~((has_high ? 3U : 1U) << (encoding & 7)));
        }
    }
}

/// Calls visit.operator()<n>() for each row: what the row says is constant in each call.
template <class Visit>
[[gnu::always_inline]] inline void each_row(Visit visit) {
    [&]<std::size_t... n>(std::index_sequence<n...>) __attribute__((always_inline)) {
        (visit.template operator()<n>(), ...);
    }
    (std::make_index_sequence<rows.size()>{});
}

}  // namespace

void begin_shadowing(Processor& processor) {
    constexpr std::uint64_t allowed = std::uint64_t{secondary::vmcs_shadowing} << 32;
    constexpr std::uint64_t vmwrite_to_information = std::uint64_t{1} << 29;  // IA32_VMX_MISC
    constexpr std::uint32_t shadow_indicator = std::uint32_t{1} << 31;
    Nested& nested = *processor.nested;
    Shadow& shadow = nested.shadow;
    if ((nested.level0.real_proc2 & allowed) == 0 || (nested.level0.real_misc & vmwrite_to_information) == 0) {
        return;
    }
    shadow.is_there = true;
    fill_bitmap(shadow.vmread_bitmap, false);
    fill_bitmap(shadow.vmwrite_bitmap, true);
    write(Field::vmread_bitmap, raw(shadow.vmread_bitmap));
    write(Field::vmwrite_bitmap, raw(shadow.vmwrite_bitmap));
    *runtime::at<std::uint32_t>(shadow.vmcs) = runtime::vmcs_revision() | shadow_indicator;
    make_clear(shadow.vmcs);
    make_current(shadow.vmcs);
    shadow.values.fill(0);
    each_row([&]<std::size_t n>() { write(rows[n].field, 0); });
    make_clear(shadow.vmcs);
}

void link_shadow(Processor& processor) {
    const Nested& nested = *processor.nested;
    if (!nested.shadow.is_there) {
        return;
    }
    const bool linked = nested.has_vmcs();
    write(Field::secondary_controls, processor.controls.secondary | (linked ? secondary::vmcs_shadowing : 0));
    write(Field::vmcs_link_pointer, linked ? raw(nested.shadow.vmcs) : ~std::uint64_t{0});
}

void publish_to_shadow(Nested& nested) {
    Shadow& shadow = nested.shadow;
    if (!shadow.is_there) {
        return;
    }
    make_current(shadow.vmcs);
    each_row([&]<std::size_t n>() __attribute__((always_inline)) {
        const std::uint64_t value = nested.vmcs12.*rows[n].member;
        if (shadow.values[n] != value) {
            shadow.values[n] = value;
            write(rows[n].field, value);
        }
    });
    make_clear(shadow.vmcs);
}

void collect_from_shadow(Nested& nested) {
    Shadow& shadow = nested.shadow;
    if (!shadow.is_there) {
        return;
    }
    make_current(shadow.vmcs);
    each_row([&]<std::size_t n>() __attribute__((always_inline)) {
        if constexpr (rows[n].written) {
            const std::uint64_t value = read(rows[n].field);
            if (value != shadow.values[n]) {
                shadow.values[n] = value;
                nested.vmcs12.*rows[n].member = value;
                nested.written.insert(place_of(encoding(rows[n].field)));
            }
        }
    });
    make_clear(shadow.vmcs);
}

}  // namespace vmxspec::hv
