#include "spec/entry/address_fields.hpp"
#include "spec/entry/conditions.hpp"
#include "spec/entry/entry.hpp"
#include "spec/entry/vm_execution_parts.hpp"

namespace vmxspec::entry {

namespace {

void reserved_controls(RuleTable& table, const State& s) {
    const auto& [control, capability] = std::tie(s.control, s.capability);
    table.check("ctl.pin.reserved", allowed(control.pin, governing(s, capability.pin, capability.true_pin)));
    table.check("ctl.proc.reserved", allowed(control.proc, governing(s, capability.proc, capability.true_proc)));
    table.check("ctl.proc2.reserved", control.proc.activate_secondary >> allowed(control.proc2, capability.proc2));
    table.check("ctl.proc3.reserved", control.proc.activate_tertiary >> ((control.proc3 & ~capability.proc3) == 0));
    table.check("ctl.cr3-target-count", control.cr3_target_count <= extend<32>(capability.misc.cr3_targets),
                "The manual's number is 4; IA32_VMX_MISC[24:16] is where processors report it (A.6).");
}

/// Page addresses, in the manual's order: the control that uses them, and the field.
void page_addresses(RuleTable& table, const State& s) {
    const auto& control = s.control;
    const auto& proc2 = s.proc2;
    const Bool eptp_switching = proc2.enable_vm_functions && control.vm_function.eptp_switching;
    for (const AddressField& field : {
             AddressField{"ctl.io-bitmap-a", control.proc.use_io_bitmaps, control.io_bitmap_a},
             AddressField{"ctl.io-bitmap-b", control.proc.use_io_bitmaps, control.io_bitmap_b},
             AddressField{"ctl.msr-bitmap", control.proc.use_msr_bitmaps, control.msr_bitmap},
             AddressField{"ctl.virtual-apic", control.proc.use_tpr_shadow, control.virtual_apic},
             AddressField{"ctl.apic-access", proc2.virtualize_apic_accesses, control.apic_access},
             AddressField{"ctl.pml", proc2.enable_pml, control.pml},
             AddressField{"ctl.sppt", proc2.sub_page_write, control.spptp},
             AddressField{"ctl.eptp-list", eptp_switching, control.eptp_list},
             AddressField{"ctl.vmread-bitmap", proc2.vmcs_shadowing, control.vmread_bitmap},
             AddressField{"ctl.vmwrite-bitmap", proc2.vmcs_shadowing, control.vmwrite_bitmap},
             AddressField{"ctl.ve-info", proc2.ept_violation_ve, control.ve_information},
             AddressField{"ctl.pasid-dir-low", proc2.pasid_translation, control.low_pasid_directory},
             AddressField{"ctl.pasid-dir-high", proc2.pasid_translation, control.high_pasid_directory},
         })
        address_field(table, s, field);
}

/// After EPT: VM functions, Intel PT, TSC scaling, HLAT and the APIC timer.
void other_features(RuleTable& table, const State& s) {
    const auto& [control, proc2, proc3] = std::tie(s.control, s.proc2, s.proc3);
    const Bool vm_functions = proc2.enable_vm_functions;
    table.check("ctl.vmfunc.reserved", vm_functions >> ((control.vm_function & ~s.capability.vmfunc) == 0));
    table.check("ctl.vmfunc.eptp-switching-ept",
                (vm_functions && control.vm_function.eptp_switching) >> proc2.enable_ept);
    table.check("ctl.pt.trace-enabled", s.before.trace_enabled >> !control.entry.load_rtit_ctl);
    table.check("ctl.pt-gpa.rtit",
                proc2.pt_uses_guest_physical >> (control.entry.load_rtit_ctl && control.exit.clear_rtit_ctl));
    table.check("ctl.tsc-multiplier", proc2.use_tsc_scaling >> (control.tsc_multiplier != 0));

    constexpr std::uint64_t hlatp_reserved = 0xfe7;  // 11:5 and 2:0
    const Bits<64> hlatp = control.hlatp;
    table.check("ctl.hlatp.reserved", proc3.enable_hlat >> ((hlatp & hlatp_reserved) == 0));
    table.check("ctl.hlatp.width", proc3.enable_hlat >> within_physical_width(s, hlatp & ~low_bits(12)));

    const Bool apic_timer = proc3.apic_timer_virtualization;
    table.check("ctl.apic-timer.vid", apic_timer >> proc2.virtual_interrupt_delivery);
    table.check("ctl.apic-timer.rdtsc", apic_timer >> !control.proc.rdtsc_exiting);
    table.check("ctl.apic-timer.vector", apic_timer >> ((control.virtual_timer_vector & 0xff00) == 0));
}

/// The width is the enumerated one: in SEAM no part of it is taken by TME keys.
void seam(RuleTable& table, const State& s) {
    const Bits<64> pointer = s.control.shared_ept;
    const Bool within = (pointer >> extend<64>(s.processor.maxphyaddr)) == 0;
    table.check("ctl.seam.ept", s.before.in_seam >> all_of({s.proc2.enable_ept, aligned(pointer, 12), within}),
                "Only the TDX module runs in SEAM; no other hypervisor can meet this check.");
}

}  // namespace

void vm_execution_controls(RuleTable& table, const State& s) {
    table.section(Stage::control_and_host, {"29.2.1.1", "VM-Execution Control Fields"}, {outcome::control_fields});

    reserved_controls(table, s);
    page_addresses(table, s);
    apic_controls(table, s);
    ept_controls(table, s);
    other_features(table, s);
    seam(table, s);
}

}  // namespace vmxspec::entry
