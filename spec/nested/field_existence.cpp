// Which fields a processor's VMCS has. Cited: SDM 27.4 to 27.9, which say of a field that it exists "only on processors
// that support the 1-setting of" a control.
#include "spec/entry/conditions.hpp"
#include "spec/nested/control_bits.hpp"
#include "spec/nested/field_table.hpp"

#include <algorithm>

namespace vmxspec::nested {

namespace {

struct ExistenceRow {
    std::vector<std::size_t> fields;
    Bool exists;
};

/// The processor supports the 1-setting of one of these bits of a control word.
Bool any_of_bits(Bits<64> settings, std::uint64_t bits) { return ((settings >> 32) & bits) != 0; }

template <class... Field>
ExistenceRow fields(Bool exists, const Field&... field) {
    return {{leaf_of(field)...}, exists};
}

std::vector<ExistenceRow> existence_rows(const State& s) {
    const auto& [control, guest, host, information] = std::tie(s.control, s.guest, s.host, s.information);
    const auto& c = s.capability;
    const auto pin = [&](std::uint64_t bits) { return any_of_bits(entry::governing(s, c.pin, c.true_pin), bits); };
    const Bits<64> proc_settings = entry::governing(s, c.proc, c.true_proc);
    const auto proc = [&](std::uint64_t bits) { return any_of_bits(proc_settings, bits); };
    const auto proc2 = [&](std::uint64_t bits) {
        return proc(proc_bits.activate_secondary) && any_of_bits(c.proc2, bits);
    };
    const auto proc3 = [&](std::uint64_t bits) { return proc(proc_bits.activate_tertiary) && (c.proc3 & bits) != 0; };
    const auto exit = [&](std::uint64_t bits) { return any_of_bits(entry::governing(s, c.exit, c.true_exit), bits); };
    const auto exit2 = [&](std::uint64_t bits) { return exit(exit_bits.activate_secondary) && (c.exit2 & bits) != 0; };
    const auto entry = [&](std::uint64_t bits) {
        return any_of_bits(entry::governing(s, c.entry, c.true_entry), bits);
    };
    const Bool fred = entry(entry_bits.load_fred);
    const auto cr3_target = [&](std::uint64_t n) { return c.misc.cr3_targets > n; };
    return {
        fields(proc2(proc2_bits.enable_vpid), control.vpid),
        fields(pin(pin_bits.process_posted_interrupts), control.posted_interrupt_vector,
               control.posted_interrupt_descriptor),
        fields(proc2(proc2_bits.ept_violation_ve), control.eptp_index, control.ve_information),
        fields(proc3(proc3_bits.enable_hlat), control.hlat_prefix_size, control.hlatp),
        fields(proc3(proc3_bits.ipi_virtualization), control.last_pid_pointer_index, control.pid_pointer_table),
        fields(proc3(proc3_bits.apic_timer_virtualization), control.virtual_timer_vector, control.guest_deadline_shadow,
               guest.deadline),
        fields(proc2(proc2_bits.virtual_interrupt_delivery), guest.interrupt_status, control.eoi_exit_bitmap_0,
               control.eoi_exit_bitmap_1, control.eoi_exit_bitmap_2, control.eoi_exit_bitmap_3),
        fields(proc2(proc2_bits.enable_pml), guest.pml_index, control.pml),
        fields(entry(entry_bits.load_uinv) || exit(exit_bits.clear_uinv), guest.uinv),
        fields(proc(proc_bits.use_msr_bitmaps), control.msr_bitmap),
        fields(proc(proc_bits.use_tpr_shadow), control.virtual_apic, control.tpr_threshold),
        fields(proc2(proc2_bits.virtualize_apic_accesses), control.apic_access),
        fields(proc2(proc2_bits.enable_vm_functions), control.vm_function),
        fields(proc2(proc2_bits.enable_ept), control.eptp, information.guest_physical_address, guest.pdpte0,
               guest.pdpte1, guest.pdpte2, guest.pdpte3),
        fields(proc2(proc2_bits.enable_vm_functions) && c.vmfunc.eptp_switching, control.eptp_list),
        fields(proc2(proc2_bits.vmcs_shadowing), control.vmread_bitmap, control.vmwrite_bitmap),
        fields(proc2(proc2_bits.enable_xsaves), control.xss_exiting_bitmap),
        fields(proc2(proc2_bits.enable_encls_exiting), control.encls_exiting_bitmap),
        fields(proc2(proc2_bits.sub_page_write), control.spptp),
        fields(proc2(proc2_bits.use_tsc_scaling), control.tsc_multiplier),
        fields(proc(proc_bits.activate_tertiary), control.proc3),
        fields(proc2(proc2_bits.enable_enclv_exiting), control.enclv_exiting_bitmap),
        fields(proc2(proc2_bits.pasid_translation), control.low_pasid_directory, control.high_pasid_directory),
        fields(proc3(proc3_bits.seam_guest_physical_width), control.shared_ept, control.seam_keyid),
        fields(proc2(proc2_bits.enable_pconfig), control.pconfig_exiting_bitmap),
        fields(exit(exit_bits.activate_secondary), control.exit2),
        fields(proc3(proc3_bits.virtualize_spec_ctrl), control.spec_ctrl_mask, control.spec_ctrl_shadow),
        fields(fred, control.injected_event_data, information.original_event_data),
        fields(proc3(proc3_bits.enable_msr_list), information.msr_data),
        fields(entry(entry_bits.load_pat) || exit(exit_bits.save_pat), guest.pat),
        fields(entry(entry_bits.load_efer) || exit(exit_bits.save_efer), guest.efer),
        fields(entry(entry_bits.load_perf_global_ctrl), guest.perf_global_ctrl),
        fields(entry(entry_bits.load_bndcfgs) || exit(exit_bits.clear_bndcfgs), guest.bndcfgs),
        fields(entry(entry_bits.load_rtit_ctl) || exit(exit_bits.clear_rtit_ctl), guest.rtit_ctl),
        fields(entry(entry_bits.load_lbr_ctl) || exit(exit_bits.clear_lbr_ctl), guest.lbr_ctl),
        fields(entry(entry_bits.load_pkrs), guest.pkrs),
        fields(fred || exit2(exit2_bits.save_fred), guest.fred_config, guest.fred_rsp1, guest.fred_rsp2,
               guest.fred_rsp3, guest.fred_stklvls, guest.fred_ssp1, guest.fred_ssp2, guest.fred_ssp3),
        fields(entry(entry_bits.load_spec_ctrl), guest.spec_ctrl),
        fields(exit(exit_bits.load_pat), host.pat),
        fields(exit(exit_bits.load_efer), host.efer),
        fields(exit(exit_bits.load_perf_global_ctrl), host.perf_global_ctrl),
        fields(exit(exit_bits.load_pkrs), host.pkrs),
        fields(exit2(exit2_bits.load_fred), host.fred_config, host.fred_rsp1, host.fred_rsp2, host.fred_rsp3,
               host.fred_stklvls, host.fred_ssp1, host.fred_ssp2, host.fred_ssp3),
        fields(exit2(exit2_bits.load_spec_ctrl), host.spec_ctrl),
        fields(proc(proc_bits.activate_secondary), control.proc2),
        fields(proc2(proc2_bits.pause_loop_exiting), control.ple_gap, control.ple_window),
        fields(proc2(proc2_bits.instruction_timeout), control.instruction_timeout),
        fields(pin(pin_bits.activate_preemption_timer), guest.preemption_timer),
        fields(cr3_target(0), control.cr3_target_0),
        fields(cr3_target(1), control.cr3_target_1),
        fields(cr3_target(2), control.cr3_target_2),
        fields(cr3_target(3), control.cr3_target_3),
        fields(entry(entry_bits.load_cet_state), guest.s_cet, guest.ssp, guest.ssp_table),
        fields(exit(exit_bits.load_cet_state), host.s_cet, host.ssp, host.ssp_table),
    };
}

}  // namespace

Bool field_exists(const State& s, std::size_t leaf) {
    for (const ExistenceRow& row : existence_rows(s))
        if (std::ranges::find(row.fields, leaf) != row.fields.end()) return row.exists;
    return constant(s.graph(), true);
}

}  // namespace vmxspec::nested
