#include "spec/nested/requirements.hpp"

#include "spec/entry/conditions.hpp"
#include "spec/entry/reserved_bits.hpp"
#include "spec/nested/control_bits.hpp"
#include "spec/state/architecture.hpp"

#include <algorithm>

namespace vmxspec::nested {

namespace {

// VM-entry and VM-exit controls that VMCS01 does not use, for VMCS02 has no values for them.
constexpr std::uint64_t foreign_entry =
    entry_bits.entry_to_smm | entry_bits.deactivate_dual_monitor | entry_bits.load_perf_global_ctrl |
    entry_bits.load_bndcfgs | entry_bits.load_rtit_ctl | entry_bits.load_uinv | entry_bits.load_cet_state |
    entry_bits.load_lbr_ctl | entry_bits.load_pkrs | entry_bits.load_fred | entry_bits.load_spec_ctrl;
constexpr std::uint64_t foreign_exit = exit_bits.load_perf_global_ctrl | exit_bits.save_preemption_timer |
                                       exit_bits.clear_bndcfgs | exit_bits.clear_rtit_ctl | exit_bits.clear_lbr_ctl |
                                       exit_bits.clear_uinv | exit_bits.load_cet_state | exit_bits.load_pkrs |
                                       exit_bits.save_perf_global_ctrl | exit_bits.activate_secondary;

// Controls that must not be forced to 1.
constexpr std::uint64_t unwanted_pin =
    pin_bits.external_interrupt_exiting | pin_bits.activate_preemption_timer | pin_bits.process_posted_interrupts;
constexpr std::uint64_t unwanted_proc =
    proc_bits.interrupt_window_exiting | proc_bits.use_tsc_offsetting | proc_bits.hlt_exiting |
    proc_bits.invlpg_exiting | proc_bits.mwait_exiting | proc_bits.rdpmc_exiting | proc_bits.rdtsc_exiting |
    proc_bits.cr3_load_exiting | proc_bits.cr3_store_exiting | proc_bits.cr8_load_exiting |
    proc_bits.cr8_store_exiting | proc_bits.use_tpr_shadow | proc_bits.nmi_window_exiting | proc_bits.mov_dr_exiting |
    proc_bits.unconditional_io_exiting | proc_bits.use_io_bitmaps | proc_bits.monitor_trap_flag |
    proc_bits.monitor_exiting | proc_bits.pause_exiting;

/// DR7: bits 31:16, 13, 11 and 9:0 vary, bit 10 is 1, the others are 0.
constexpr std::uint64_t dr7_ones = 1 << 10, dr7_variable = 0xffff'2bff;

// Controls that may be forced to 1 because older software knew no others: the default1 classes (A.2 to A.5).
constexpr std::uint64_t default1_pin = 0x16, default1_proc = 0x0401'e172, default1_exit = 0x3'6dff,
                        default1_entry = 0x11ff;

Bool all_set(Bits<32> word, std::uint64_t bits) { return (word & bits) == bits; }

/// All that the rule reads of a VMCS is what VMCS01 has.
bool is_about_vmcs01(const State& s, const Level0& l0, const Rule& rule) {
    return std::ranges::all_of(s.graph().support(std::array{rule.condition.id()}), [&](std::size_t leaf) {
        return s.leaves()[leaf].source != Source::vmcs || l0.vmcs01.places().contains(leaf);
    });
}

/// L0's page for a structure of 4 KiB.
Bool own_page(const Translation& t, const State& s, Bits<64> address) {
    return entry::aligned(address, 12) && t.as_l0(entry::within_physical_width(s, address));
}

/// The checks of 29.2 that are about what VMCS02 has in common with VMCS01.
Bool vmcs01_checks(const Specification& spec, const Translation& t) {
    View as_vmcs01{spec.state.graph()};
    as_vmcs01.put(t.l0.vmcs01);  // what is put first stays
    as_vmcs01.put(t.as_l0);
    Bool all = constant(spec.state.graph(), true);
    for (const Rule& rule : spec.rules)
        if (rule.kind == RuleKind::check && rule.stage == Stage::control_and_host &&
            is_about_vmcs01(spec.state, t.l0, rule))
            all = all && as_vmcs01(rule.condition);
    return all;
}

}  // namespace

std::vector<Requirement> processor_requirements(const State& s, const Level0& l0) {
    const auto& [c, control] = std::tie(s.capability, s.control);
    const auto has = [&](Bits<64> settings, std::uint64_t bits) { return l0.real(((settings >> 32) & bits) == bits); };
    const auto forces = [&](Bits<64> settings, std::uint64_t bits) { return l0.real((settings & bits) != 0); };
    return {
        {"processor.consistent", l0.real(consistent_processor(s)), "appendix A"},
        {"processor.intel64", s.processor.intel64, "hv is 64-bit code"},
        {"processor.proc",
         has(entry::governing(s, c.proc, c.true_proc), proc_bits.activate_secondary | proc_bits.use_msr_bitmaps),
         "hv refuses a processor without"},
        {"processor.proc2", has(c.proc2, proc2_bits.enable_ept | proc2_bits.unrestricted_guest),
         "hv refuses a processor without"},
        {"processor.pin", has(entry::governing(s, c.pin, c.true_pin), pin_bits.nmi_exiting | pin_bits.virtual_nmis),
         "hv refuses a processor without"},
        {"processor.default1",
         all_of({!forces(c.pin, ~default1_pin & low_bits(32)), !forces(c.proc, ~default1_proc & low_bits(32)),
                 !forces(c.exit, ~default1_exit & low_bits(32)), !forces(c.entry, ~default1_entry & low_bits(32))}),
         "A.2: no other control is ever forced"},
        {"processor.no-forced-exits",
         !forces(entry::governing(s, c.pin, c.true_pin), unwanted_pin) &&
             !forces(entry::governing(s, c.proc, c.true_proc), unwanted_proc),
         "hv refuses a processor that forces exits"},
        {"processor.smxe", l0.real(!Bool{c.cr4_fixed0.smxe}), "no processor demands SMX in VMX operation"},
    };
}

std::vector<Requirement> level0_requirements(const Specification& spec, const Translation& translation) {
    const State& s = spec.state;
    const auto& l0 = translation.l0;
    const auto& [control, guest] = std::tie(s.control, s.guest);
    const auto word = [&](const auto& field) { return l0.vmcs01(Bits<32>{field}); };
    const Bool pat = l0.vmcs01(Bool{control.entry.load_pat});
    const Bits<64> eptp = l0.eptp;
    constexpr std::uint64_t eptp_format = 6 | 3 << 3, eptp_flags = 1 << 6;  // write-back, 4 levels; accessed and dirty
    return {
        {"vmcs01.checks", vmcs01_checks(spec, translation), "VMCS01 has been entered with"},
        {"vmcs01.pin", all_set(word(control.pin), pin_bits.nmi_exiting | pin_bits.virtual_nmis), "NMIs come to L0"},
        {"vmcs01.proc", all_set(word(control.proc), proc_bits.activate_secondary), "for EPT"},
        {"vmcs01.tsc", (word(control.proc) & proc_bits.use_tsc_offsetting) == 0,
         "L1's TSC is the processor's: an offset of L0's would have to be scaled, and scaling does not distribute over "
         "sums"},
        {"vmcs01.proc2", all_set(word(control.proc2), proc2_bits.enable_ept), "L0's memory is out of reach by EPT"},
        {"vmcs01.exit",
         all_set(word(control.exit), exit_bits.host_address_space_size | exit_bits.save_debug_controls |
                                         exit_bits.save_efer | exit_bits.load_efer),
         "L0's exits change these registers"},
        {"vmcs01.entry", all_set(word(control.entry), entry_bits.load_debug_controls | entry_bits.load_efer),
         "L0's exits change these registers"},
        {"vmcs01.pat", l0.vmcs01(Bool{control.exit.save_pat}) == pat && l0.vmcs01(Bool{control.exit.load_pat}) == pat,
         "all three or none"},
        {"vmcs01.no-other-entry", (word(control.entry) & foreign_entry) == 0, "VMCS02 has no values for them"},
        {"vmcs01.no-other-exit", (word(control.exit) & foreign_exit) == 0, "L0 changes nothing of L2 but this"},
        {"l1.debugctl", (l0.vmcs01(Bits<64>{guest.debugctl}) & entry::debugctl_reserved(s)) == 0, "WRMSR took it"},
        {"l1.pat", entry::pat_memory_types(l0.vmcs01(Bits<64>{guest.pat})), "WRMSR took it"},
        {"l1.dr7", (l0.vmcs01(Bits<64>{guest.dr7}) & ~dr7_variable) == dr7_ones, "MOV to DR7 took it"},
        {"l0.mode", translation.as_l0(consistent_mode(s)) && l0.vmcs01(Bool{s.host.efer.lma}), "L0 is 64-bit code"},
        {"l0.tracing", !l0.trace_enabled, "L1 may not trace VMX operation: IA32_VMX_MISC[14] is not offered"},
        {"address.io-bitmap-a", own_page(translation, s, l0.io_bitmap_a), "L0's own page"},
        {"address.io-bitmap-b", own_page(translation, s, l0.io_bitmap_b), "L0's own page"},
        {"address.msr-bitmap", own_page(translation, s, l0.msr_bitmap), "L0's own page"},
        {"address.vmread-bitmap", own_page(translation, s, l0.vmread_bitmap), "L0's own page"},
        {"address.vmwrite-bitmap", own_page(translation, s, l0.vmwrite_bitmap), "L0's own page"},
        {"address.shadow-vmcs",
         own_page(translation, s, l0.shadow_vmcs) && l0.shadow_vmcs != l0.vmcs02 && l0.link_word[31] &&
             l0.link_word.slice<30, 0>() == l0.real(Bits<31>{s.capability.basic.revision}),
         "L0's own page, made a shadow VMCS"},
        {"address.virtual-apic", own_page(translation, s, l0.virtual_apic), "translated by L0"},
        {"address.apic-access", own_page(translation, s, l0.apic_access), "translated by L0"},
        {"address.eptp",
         own_page(translation, s, eptp & ~low_bits(12)) && (eptp & low_bits(12) & ~eptp_flags) == eptp_format &&
             ((eptp & eptp_flags) == 0 || l0.real(Bool{s.capability.ept_vpid.accessed_dirty})),
         "L0's own page; EPT12's flags, where the processor has such"},
        {"address.vpid", l0.vpid != 0, "0 is L0's"},
        {"l0.ept", l0.real(all_of({s.capability.ept_vpid.wb, s.capability.ept_vpid.walk_4})),
         "hv refuses a processor without"},
    };
}

std::vector<Requirement> level1_requirements(const State& s) {
    const auto& before = s.before;
    return {
        {"l1.mode", consistent_mode(s), "L1 is in VMX root operation"},
        {"l1.efer", (before.efer & entry::efer_reserved(s)) == 0, "WRMSR took it"},
        {"l1.smm", !before.in_smm && !before.in_seam, "hv runs no SMM and no SEAM"},
        {"l1.tracing", !before.trace_enabled, "as of L0"},
    };
}

}  // namespace vmxspec::nested
