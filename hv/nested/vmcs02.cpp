#include "hv/nested/vmcs02.hpp"

#include "hv/l1/control_registers.hpp"
#include "hv/l1/event.hpp"
#include "hv/l1/exit.hpp"
#include "hv/l1/machine.hpp"
#include "hv/l1/translation.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/l1/vmcs01.hpp"
#include "hv/nested/controls12.hpp"
#include "hv/nested/guest_memory.hpp"
#include "hv/nested/translation.hpp"

namespace vmxspec::hv {

namespace {

/// Guest-state fields that VM entries load from VMCS12 as they are, and VM exits save there, in the order of SDM
/// appendix B. CR4 is not among them: SMXE is masked.
constexpr std::array guest_fields{
    Field::guest_es_selector,
    Field::guest_cs_selector,
    Field::guest_ss_selector,
    Field::guest_ds_selector,
    Field::guest_fs_selector,
    Field::guest_gs_selector,
    Field::guest_ldtr_selector,
    Field::guest_tr_selector,
    Field::guest_es_limit,
    Field::guest_cs_limit,
    Field::guest_ss_limit,
    Field::guest_ds_limit,
    Field::guest_fs_limit,
    Field::guest_gs_limit,
    Field::guest_ldtr_limit,
    Field::guest_tr_limit,
    Field::guest_gdtr_limit,
    Field::guest_idtr_limit,
    Field::guest_es_access_rights,
    Field::guest_cs_access_rights,
    Field::guest_ss_access_rights,
    Field::guest_ds_access_rights,
    Field::guest_fs_access_rights,
    Field::guest_gs_access_rights,
    Field::guest_ldtr_access_rights,
    Field::guest_tr_access_rights,
    Field::guest_interruptibility_state,
    Field::guest_activity_state,
    Field::guest_ia32_sysenter_cs,
    Field::guest_cr0,
    Field::guest_cr3,
    Field::guest_cr4,
    Field::guest_es_base,
    Field::guest_cs_base,
    Field::guest_ss_base,
    Field::guest_ds_base,
    Field::guest_fs_base,
    Field::guest_gs_base,
    Field::guest_ldtr_base,
    Field::guest_tr_base,
    Field::guest_gdtr_base,
    Field::guest_idtr_base,
    Field::guest_rsp,
    Field::guest_rip,
    Field::guest_rflags,
    Field::guest_pending_debug_exceptions,
    Field::guest_ia32_sysenter_esp,
    Field::guest_ia32_sysenter_eip,
};

/// A field of VMCS02 and the value that it has; `exists` asks VMCS12's controls, and through them the processor.
struct Row {
    Field field;
    std::uint64_t (*value)(const Processor&, const Vmcs12&);
    bool (*exists)(const Vmcs12&) = [](const Vmcs12&) { return true; };
};

template <Field field>
std::uint64_t same(const Processor& /*processor*/, const Vmcs12& v) {
    return v[field];
}

/// A page that the processor reads or writes for L2: never one of the hypervisor's.
template <Field field>
std::uint64_t page(const Processor& p, const Vmcs12& v) {
    const std::uint64_t address = v[field];
    return is_hidden(address) ? raw(p.nested->sink) : address;
}

template <unsigned n>
bool has_cr3_target(const Vmcs12& v) {
    return v[Field::cr3_target_count] > n;
}

constexpr std::uint64_t l1_bits_of_exit = exit::acknowledge_interrupt | exit::clear_bndcfgs;
constexpr std::uint64_t l1_bits_of_entry = entry::ia32e_mode_guest | entry::load_perf_global_ctrl | entry::load_bndcfgs;

/// Controls, in the order of SDM appendix B: (VMCS12's | the hypervisor's), and what goes with them.
constexpr std::array rows{
    Row{Field::io_bitmap_a, page<Field::io_bitmap_a>, uses<primary::io_bitmaps>},
    Row{Field::io_bitmap_b, page<Field::io_bitmap_b>, uses<primary::io_bitmaps>},
    Row{Field::msr_bitmap, [](const Processor& p, const Vmcs12&) { return raw(p.nested->msr_bitmap); },
        uses<primary::msr_bitmaps>},
    Row{Field::tsc_offset,
        [](const Processor&, const Vmcs12& v) { return uses<primary::tsc_offsetting>(v) ? v[Field::tsc_offset] : 0; }},
    Row{Field::virtual_apic_address, page<Field::virtual_apic_address>, uses<primary::tpr_shadow>},
    Row{Field::apic_access_address, page<Field::apic_access_address>, uses_secondary<secondary::apic_accesses>},
    Row{Field::eoi_exit_bitmap0, same<Field::eoi_exit_bitmap0>, uses_secondary<secondary::interrupt_delivery>},
    Row{nth(Field::eoi_exit_bitmap0, 1), same<nth(Field::eoi_exit_bitmap0, 1)>,
        uses_secondary<secondary::interrupt_delivery>},
    Row{nth(Field::eoi_exit_bitmap0, 2), same<nth(Field::eoi_exit_bitmap0, 2)>,
        uses_secondary<secondary::interrupt_delivery>},
    Row{nth(Field::eoi_exit_bitmap0, 3), same<nth(Field::eoi_exit_bitmap0, 3)>,
        uses_secondary<secondary::interrupt_delivery>},
    Row{Field::xss_exiting_bitmap, same<Field::xss_exiting_bitmap>, uses_secondary<secondary::xsaves>},
    Row{Field::tsc_multiplier, same<Field::tsc_multiplier>, uses_secondary<secondary::tsc_scaling>},
    Row{Field::guest_interrupt_status, same<Field::guest_interrupt_status>,
        uses_secondary<secondary::interrupt_delivery>},
    Row{Field::pin_based_controls,
        [](const Processor& p, const Vmcs12& v) { return v[Field::pin_based_controls] | p.controls.pin; }},
    Row{Field::processor_based_controls,
        [](const Processor& p, const Vmcs12& v) {
            return v[Field::processor_based_controls] | (p.controls.primary & ~primary::msr_bitmaps);
        }},
    Row{Field::exception_bitmap, same<Field::exception_bitmap>},
    Row{Field::page_fault_error_code_mask, same<Field::page_fault_error_code_mask>},
    Row{Field::page_fault_error_code_match, same<Field::page_fault_error_code_match>},
    Row{Field::cr3_target_count, same<Field::cr3_target_count>},
    Row{Field::exit_controls,
        [](const Processor& p, const Vmcs12& v) {
            // The timer goes on where it was after an exit that is the hypervisor's business.
            const bool timer = (v[Field::pin_based_controls] & pin::preemption_timer) != 0;
            const std::uint64_t save = timer && p.nested->saves_timer ? exit::save_preemption_timer : 0;
            return (v[Field::exit_controls] & l1_bits_of_exit) | p.controls.exit | save;
        }},
    Row{Field::entry_controls,
        [](const Processor& p, const Vmcs12& v) {
            return (v[Field::entry_controls] & l1_bits_of_entry) | p.controls.entry;
        }},
    Row{Field::entry_interruption_information, same<Field::entry_interruption_information>},
    Row{Field::entry_exception_error_code, same<Field::entry_exception_error_code>},
    Row{Field::entry_instruction_length, same<Field::entry_instruction_length>},
    Row{Field::tpr_threshold, same<Field::tpr_threshold>, uses<primary::tpr_shadow>},
    Row{Field::secondary_controls,
        [](const Processor& p, const Vmcs12& v) {
            // L2 has the instructions that VMCS12 lets it have.
            return secondary_controls(v) | (p.controls.secondary & (secondary::ept | secondary::vpid));
        }},
    Row{Field::ple_gap, same<Field::ple_gap>, uses_secondary<secondary::pause_loop_exiting>},
    Row{Field::ple_window, same<Field::ple_window>, uses_secondary<secondary::pause_loop_exiting>},
    Row{Field::cr0_guest_host_mask, same<Field::cr0_guest_host_mask>},
    Row{Field::cr0_read_shadow, same<Field::cr0_read_shadow>},
    // L2 has no SMX; where VMCS12 masks it, that goes before.
    Row{Field::cr4_guest_host_mask,
        [](const Processor&, const Vmcs12& v) { return v[Field::cr4_guest_host_mask] | cr4::smxe; }},
    Row{Field::cr4_read_shadow,
        [](const Processor&, const Vmcs12& v) {
            return v[Field::cr4_read_shadow] & (v[Field::cr4_guest_host_mask] | ~cr4::smxe);
        }},
    Row{Field::cr3_target0, same<Field::cr3_target0>, has_cr3_target<0>},
    Row{nth(Field::cr3_target0, 1), same<nth(Field::cr3_target0, 1)>, has_cr3_target<1>},
    Row{nth(Field::cr3_target0, 2), same<nth(Field::cr3_target0, 2)>, has_cr3_target<2>},
    Row{nth(Field::cr3_target0, 3), same<nth(Field::cr3_target0, 3)>, has_cr3_target<3>},
    Row{Field::guest_ia32_perf_global_ctrl, same<Field::guest_ia32_perf_global_ctrl>,
        enters_with<entry::load_perf_global_ctrl>},
    Row{Field::guest_ia32_bndcfgs, same<Field::guest_ia32_bndcfgs>, enters_with<entry::load_bndcfgs>},
    Row{Field::guest_preemption_timer, same<Field::guest_preemption_timer>,
        [](const Vmcs12& v) { return (v[Field::pin_based_controls] & pin::preemption_timer) != 0; }},
};

/// The MSR bitmaps of VMCS12 and those of the hypervisor, or-ed (SDM 27.6.9).
void merge_msr_bitmaps(const Nested& nested) {
    constexpr std::size_t words = runtime::page_size / sizeof(std::uint64_t);
    auto* const merged = runtime::at<std::uint64_t>(nested.msr_bitmap);
    const auto* const own = runtime::at<const std::uint64_t>(machine.msr_bitmap);
    read_guest(nested.vmcs12[Field::msr_bitmap], merged, runtime::page_size);
    for (std::size_t n = 0; n < words; ++n) {
        merged[n] |= own[n];
    }
}

/// With EPT the processor takes PDPTEs from the VMCS; without, it would have read them at CR3 (SDM 29.3.2.4).
void write_pdptes(const Nested& nested) {
    const State& s = nested.entry_state;
    const bool in_vmcs = uses_secondary<secondary::ept>(nested.vmcs12);
    const std::array memory{s.memory_pdpte0, s.memory_pdpte1, s.memory_pdpte2, s.memory_pdpte3};
    for (unsigned n = 0; n < memory.size(); ++n) {
        const Field field = nth(Field::guest_pdpte0, n);
        write(field, in_vmcs ? nested.vmcs12[field] : memory[n]);
    }
}

void write_eptp(Processor& processor) {
    Nested& nested = *processor.nested;
    if (!uses_secondary<secondary::ept>(nested.vmcs12)) {
        return write(Field::eptp, processor.ept.pointer());
    }
    bool fresh = false;
    const std::uint64_t pointer = nested.ept02.pointer(nested.vmcs12[Field::eptp], fresh);
    if (fresh) {
        invalidate_ept(processor, pointer);
    }
    write(Field::eptp, pointer);
}

/// Where L1 gives no VPID, a VM entry forgets L2's translations (SDM 31.4.3.1); where it gives another one than before,
/// they are not those of this L2.
void write_vpid(Processor& processor) {
    Nested& nested = *processor.nested;
    if (!processor.controls.vpid) {
        return;
    }
    const std::uint64_t vpid12 = uses_secondary<secondary::vpid>(nested.vmcs12) ? nested.vmcs12[Field::vpid] : 0;
    if (vpid12 == 0) {
        forget_vpid(processor, l1_vpid);
    }
    if (vpid12 == 0 || vpid12 != nested.last_vpid12) {
        forget_vpid(processor, l2_vpid);
    }
    nested.last_vpid12 = vpid12;
    write(Field::vpid, l2_vpid);
}

[[nodiscard]] bool has_virtual_nmis(const Vmcs12& v) { return (v[Field::pin_based_controls] & pin::virtual_nmis) != 0; }

/// Where L1 exits on NMIs and has no virtual ones, blocking by NMI is the processor's own, and not in VMCS02, where NMIs
/// are virtual (SDM table 27-3). There IRET does not end it (SDM 28.3).
void write_nmi_blocking(Nested& nested) {
    const Vmcs12& v = nested.vmcs12;
    nested.nmis_blocked = false;
    if ((v[Field::pin_based_controls] & pin::nmi_exiting) == 0 || has_virtual_nmis(v)) {
        return;
    }
    const std::uint64_t injected = v[Field::entry_interruption_information];
    const bool injects_nmi =
        (injected & event::valid) != 0 && (injected >> event::type_place & event::type_mask) == event::nmi;
    nested.nmis_blocked = injects_nmi || (v[Field::guest_interruptibility_state] & event::blocking_by_nmi) != 0;
    write(Field::guest_interruptibility_state, v[Field::guest_interruptibility_state] & ~event::blocking_by_nmi);
}

}  // namespace

KeptRegisters kept_registers(const Processor& processor) {
    return {read(Field::guest_dr7), read(Field::guest_ia32_debugctl),
            processor.controls.pat ? read(Field::guest_ia32_pat) : 0};
}

void write_vmcs02(Processor& processor, const KeptRegisters& kept, std::uint64_t efer) {
    Nested& nested = *processor.nested;
    const Vmcs12& v = nested.vmcs12;
    if (!nested.vmcs02_written) {
        write_vmcs01(processor);  // host state, and what is the same
        write(Field::host_rip, reinterpret_cast<std::uint64_t>(&vmxspec_l2_exit));
        nested.vmcs02_written = true;
    }
    for (const Field field : guest_fields) {
        write(field, v[field]);
    }
    for (const Row& row : rows) {
        if (row.exists(v)) {
            write(row.field, row.value(processor, v));
        }
    }
    if (uses<primary::msr_bitmaps>(v)) {
        merge_msr_bitmaps(nested);
    }
    const bool loads_debug = enters_with<entry::load_debug_controls>(v);
    write(Field::guest_dr7, loads_debug ? v[Field::guest_dr7] : kept.dr7);
    write(Field::guest_ia32_debugctl, loads_debug ? v[Field::guest_ia32_debugctl] : kept.debugctl);
    if (processor.controls.pat) {
        write(Field::guest_ia32_pat, enters_with<entry::load_pat>(v) ? v[Field::guest_ia32_pat] : kept.pat);
    }
    write(Field::guest_ia32_efer, efer);
    write_pdptes(nested);
    write_eptp(processor);
    write_vpid(processor);
    write_nmi_blocking(nested);
}

namespace {

/// What VM exits save only if a VM-exit control says so, or on a processor that has it.
struct SavedRow {
    Field field;
    bool (*is_saved)(const Vmcs12&);
};

constexpr std::array saved_rows{
    SavedRow{Field::guest_dr7, exits_with<exit::save_debug_controls>},
    SavedRow{Field::guest_ia32_debugctl, exits_with<exit::save_debug_controls>},
    SavedRow{Field::guest_ia32_pat, exits_with<exit::save_pat>},
    SavedRow{Field::guest_ia32_efer, exits_with<exit::save_efer>},
    SavedRow{Field::guest_preemption_timer, exits_with<exit::save_preemption_timer>},
    SavedRow{Field::guest_interrupt_status, uses_secondary<secondary::interrupt_delivery>},
    SavedRow{Field::guest_pdpte0, uses_secondary<secondary::ept>},
    SavedRow{nth(Field::guest_pdpte0, 1), uses_secondary<secondary::ept>},
    SavedRow{nth(Field::guest_pdpte0, 2), uses_secondary<secondary::ept>},
    SavedRow{nth(Field::guest_pdpte0, 3), uses_secondary<secondary::ept>},
};

}  // namespace

void save_guest_state(Processor& processor) {
    Nested& nested = *processor.nested;
    Vmcs12& v = nested.vmcs12;
    for (const Field field : guest_fields) {
        v[field] = read(field);
    }
    for (const SavedRow& row : saved_rows) {
        if (row.is_saved(v)) {
            v[row.field] = read(row.field);
        }
    }
    if (nested.has_bndcfgs) {
        v[Field::guest_ia32_bndcfgs] = read(Field::guest_ia32_bndcfgs);
    }
    if (nested.nmis_blocked) {
        v[Field::guest_interruptibility_state] |= event::blocking_by_nmi;
    }
    // "IA-32e mode guest" is saved too (SDM 30.2.4).
    const bool long_mode = (read(Field::guest_ia32_efer) & efer::lma) != 0;
    v[Field::entry_controls] =
        (v[Field::entry_controls] & ~entry::ia32e_mode_guest) | (long_mode ? entry::ia32e_mode_guest : 0);
}

}  // namespace vmxspec::hv
