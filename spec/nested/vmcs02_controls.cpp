#include "spec/nested/control_bits.hpp"
#include "spec/nested/vmcs02.hpp"

namespace vmxspec::nested {

namespace {

/// Of each control word the bits that VMCS01 decides, and those of them that VMCS12 may still set.
constexpr std::uint64_t l0_pin = pin_bits.nmi_exiting | pin_bits.virtual_nmis;
constexpr std::uint64_t l0_proc = proc_bits.use_io_bitmaps | proc_bits.activate_secondary;
constexpr std::uint64_t l0_proc2 = proc2_bits.enable_ept | proc2_bits.enable_vpid;
/// What L0 does in the processor's place.
constexpr std::uint64_t emulated_proc2 = proc2_bits.enable_pml;
constexpr std::uint64_t l2_exit = exit_bits.acknowledge_interrupt;
constexpr std::uint64_t l2_entry = entry_bits.ia32e_mode_guest;
constexpr std::uint64_t page_fault = 1 << 14;

Bits<32> without(Bits<32> word, std::uint64_t bits) { return word & (~bits & low_bits(32)); }

void control_words(FieldTable& table, const State& s, const Level0& l0) {
    const auto& control = s.control;
    const auto& vmcs01 = l0.vmcs01;
    table.add(control.pin, control.pin | (vmcs01(Bits<32>{control.pin}) & l0_pin));
    table.add(control.proc, control.proc | (vmcs01(Bits<32>{control.proc}) & l0_proc),
              "Without \"use MSR bitmaps\" all RDMSR and WRMSR exit, which is more than L0 needs.");
    table.add(
        control.proc2, without(s.proc2, l0_proc2 | emulated_proc2) | (vmcs01(Bits<32>{control.proc2}) & l0_proc2),
        "EPT and VPIDs are L0's, whether L1 uses its own or not. Dirty flags of EPT12 are, too, and with them PML.");
}

void exit_controls(FieldTable& table, const State& s, const Level0& l0) {
    const auto& control = s.control;
    const auto& vmcs01 = l0.vmcs01;
    const Bool timer = control.pin.activate_preemption_timer;
    table.add(control.exit,
              without(vmcs01(Bits<32>{control.exit}), l2_exit | exit_bits.save_preemption_timer) |
                  (control.exit & l2_exit) | only_if(timer, control.exit.same(exit_bits.save_preemption_timer)),
              "The exit is L0's. The timer's value is saved, for exits that L1 does not see must not reload it.");
    table.add(control.exit2, vmcs01(Bits<64>{control.exit2}));
}

void entry_controls(FieldTable& table, const State& s, const Level0& l0) {
    const auto& control = s.control;
    const auto& vmcs01 = l0.vmcs01;
    table.add(control.entry, without(vmcs01(Bits<32>{control.entry}), l2_entry) | (control.entry & l2_entry),
              "Loads what L0's exits change: debug controls, IA32_EFER, IA32_PAT.");
}

void exceptions(FieldTable& table, const State& s, const Level0& l0) {
    const auto& control = s.control;
    const Bits<32> l0_bitmap = l0.vmcs01(Bits<32>{control.exception_bitmap});
    const Bool all_page_faults = (l0_bitmap & page_fault) != 0;
    table.add(control.exception_bitmap, control.exception_bitmap | l0_bitmap);
    table.add(control.page_fault_mask, only_if<32>(!all_page_faults, control.page_fault_mask),
              "Mask and match 0: every page fault exits, if bit 14 of the exception bitmap is 1.");
    table.add(control.page_fault_match, only_if<32>(!all_page_faults, control.page_fault_match));
}

/// L0 owns CR4.SMXE of L2: the processor may have SMX, which L1 does not see. It is 0 in every guest CR4 that L1 may
/// enter with, so that a bit that only L0 owns reads as VMCS12's guest CR4 has it.
void control_registers(FieldTable& table, const State& s) {
    const auto& [control, guest] = std::tie(s.control, s.guest);
    const Bits<64> cr4_mask = control.cr4_mask;
    table.add<>(control.cr0_mask, Bits<64>{control.cr0_mask});
    table.add<>(control.cr0_shadow, Bits<64>{control.cr0_shadow});
    table.add(control.cr4_mask, cr4_mask | std::uint64_t{cr4_bits.smxe});
    table.add(control.cr4_shadow, (control.cr4_shadow & cr4_mask) | (guest.cr4 & ~cr4_mask));
}

/// L0's own addresses, and those of L1's that went through L0's translation.
void addresses(FieldTable& table, const State& s, const Level0& l0) {
    const auto& control = s.control;
    table.add(control.vpid, l0.vpid);
    table.add(control.io_bitmap_a, l0.io_bitmap_a);
    table.add(control.io_bitmap_b, l0.io_bitmap_b);
    table.add(control.msr_bitmap, l0.msr_bitmap);
    table.add(control.vmread_bitmap, l0.vmread_bitmap);
    table.add(control.vmwrite_bitmap, l0.vmwrite_bitmap);
    table.add(control.virtual_apic, l0.virtual_apic);
    table.add(control.apic_access, l0.apic_access);
    table.add(control.eptp, l0.eptp);
}

}  // namespace

void vmcs02_controls(FieldTable& table, const State& s, const Level0& l0) {
    const auto& control = s.control;
    table.section({"27.6", "VM-Execution Control Fields"});
    control_words(table, s, l0);
    exceptions(table, s, l0);
    control_registers(table, s);
    addresses(table, s, l0);
    table.add(control.xss_exiting_bitmap, control.xss_exiting_bitmap | l0.vmcs01(Bits<64>{control.xss_exiting_bitmap}));
    const auto same = [&](const auto&... field) {
        (table.add(leaf_of(field), constant(s.graph(), true), node_of(field)), ...);
    };
    same(control.tpr_threshold, control.cr3_target_count, control.cr3_target_0, control.cr3_target_1,
         control.cr3_target_2, control.cr3_target_3, control.ple_gap, control.ple_window, control.tsc_offset,
         control.tsc_multiplier);

    const auto zero = [&](std::string_view note, const auto&... field) {
        (table.add(leaf_of(field), constant(s.graph(), true), field.same(0).id(), note), ...);
    };
    zero("No control that VMCS02 has uses it.", control.posted_interrupt_vector, control.eptp_index,
         control.hlat_prefix_size, control.last_pid_pointer_index, control.virtual_timer_vector, control.executive_vmcs,
         control.pml, control.posted_interrupt_descriptor, control.vm_function, control.eoi_exit_bitmap_0,
         control.eoi_exit_bitmap_1, control.eoi_exit_bitmap_2, control.eoi_exit_bitmap_3, control.eptp_list,
         control.ve_information, control.encls_exiting_bitmap, control.spptp, control.proc3,
         control.enclv_exiting_bitmap, control.low_pasid_directory, control.high_pasid_directory, control.shared_ept,
         control.pconfig_exiting_bitmap, control.hlatp, control.pid_pointer_table, control.spec_ctrl_mask,
         control.spec_ctrl_shadow, control.guest_deadline_shadow, control.instruction_timeout, control.seam_keyid);

    constexpr std::string_view areas = "L0 processes the MSR areas of VMCS12 in software (29.4, 30.4, 30.6).";
    table.section({"27.7", "VM-Exit Control Fields"});
    exit_controls(table, s, l0);
    zero(areas, control.exit_msr_store, control.exit_msr_store_count, control.exit_msr_load,
         control.exit_msr_load_count);
    table.section({"27.8", "VM-Entry Control Fields"});
    entry_controls(table, s, l0);
    zero(areas, control.entry_msr_load, control.entry_msr_load_count);
    same(control.injected_event, control.injected_event_error_code, control.entry_instruction_length);
    zero("FRED transitions are not offered.", control.injected_event_data);
}

}  // namespace vmxspec::nested
