#include "spec/nested/capabilities.hpp"

#include "spec/entry/conditions.hpp"
#include "spec/nested/control_bits.hpp"

#include <stdexcept>

namespace vmxspec::nested {

namespace {

/// A control word's capability MSRs, by the names of their members: the plain one and the TRUE one, if there is one.
struct ControlWord {
    std::string_view plain, exact;
};
constexpr std::array control_words{
    ControlWord{"pin", "true_pin"},     ControlWord{"proc", "true_proc"}, ControlWord{"exit", "true_exit"},
    ControlWord{"entry", "true_entry"}, ControlWord{"proc2", {}},
};

Bits<64> real_msr(const State& s, const Level0& l0, std::string_view member) {
    const std::size_t leaf = s.leaf("capability." + std::string{member});
    return l0.real(Bits<64>{&s.graph(), s.node(leaf)});
}

/// The real processor allows the 1-setting of these bits of a control word.
Bool has(const State& s, const Level0& l0, const ControlWord& word, std::uint64_t bits) {
    const Bits<64> plain = real_msr(s, l0, word.plain);
    const Bits<64> settings =
        word.exact.empty() ? plain : l0.real(entry::governing(s, plain, real_msr(s, l0, word.exact)));
    return ((settings >> 32) & bits) == bits;
}

Bits<64> offered_bits(const State& s, const Level0& l0, std::string_view word) {
    std::uint64_t always = 0;
    for (const OfferRow& row : offer_rows(s, l0))
        if (row.word == word && !row.when) always |= row.bits;
    Bits<64> bits = l0.eptp.same(always);
    for (const OfferRow& row : offer_rows(s, l0))
        if (row.word == word && row.when) bits = bits | only_if(*row.when, bits.same(row.bits));
    return bits;
}

/// The settings of a control word: what the real processor forces is forced; of what it allows, the offered bits.
/// Bits of the default1 class (A.2) are those that the plain MSR forces: a TRUE one allows both settings of some.
Bits<64> offered_settings(Bits<64> settings, Bits<64> plain, Bits<64> offered) {
    const Bits<64> must_be_1 = settings & low_bits(32);
    const Bits<64> default1 = (plain & low_bits(32)) << 32;
    return must_be_1 | (settings & ((offered << 32) | default1));
}

Bits<64> offered_basic(Bits<64> real) {
    constexpr std::uint64_t kept = basic_bits.addresses_32_bit | basic_bits.ins_outs | basic_bits.true_controls |
                                   basic_bits.error_code_optional | basic_bits.nested_exception;
    constexpr std::uint64_t region_size = 4096ULL << 32, write_back = 6ULL << 50;
    return (real & kept) | (vmcs12_revision | region_size | write_back);
}

/// The highest index of a field that VMCS12 has, in bits 9:1 (A.9): of the TSC multiplier, or else of the
/// VMX-preemption timer value. `translation/offered/highest-index` is that none is higher.
Bits<64> highest_index(const State& s, const Level0& l0) {
    constexpr std::uint64_t multiplier = 0x19 << 1, timer = 0x17 << 1;
    const Bits<64> word = l0.eptp;
    return select(has(s, l0, control_words.back(), proc2_bits.use_tsc_scaling), word.same(multiplier),
                  word.same(timer));
}

}  // namespace

std::vector<OfferRow> offer_rows(const State& s, const Level0& l0) {
    constexpr std::nullopt_t always = std::nullopt;
    const auto& [pin, proc, exit, entry] =
        std::tie(control_words[0], control_words[1], control_words[2], control_words[3]);
    const Bool timer =
        has(s, l0, pin, pin_bits.activate_preemption_timer) && has(s, l0, exit, exit_bits.save_preemption_timer);
    const Bool pat = l0.vmcs01(Bool{s.control.entry.load_pat});
    const Bool vpid = l0.vmcs01(Bool{s.control.proc2.enable_vpid});
    return {
        // A.3.1
        {"pin", pin_bits.external_interrupt_exiting, always, "L0 leaves external interrupts to L1"},
        {"pin", pin_bits.nmi_exiting | pin_bits.virtual_nmis, always, "L0 has both, and hands NMIs on"},
        {"pin", pin_bits.activate_preemption_timer, timer,
         "the timer is L1's; exits to L0 have to save its value so that they take no time from it"},
        // A.3.2
        {"proc",
         proc_bits.interrupt_window_exiting | proc_bits.hlt_exiting | proc_bits.invlpg_exiting |
             proc_bits.mwait_exiting | proc_bits.rdpmc_exiting | proc_bits.rdtsc_exiting | proc_bits.cr3_load_exiting |
             proc_bits.cr3_store_exiting | proc_bits.cr8_load_exiting | proc_bits.cr8_store_exiting |
             proc_bits.nmi_window_exiting | proc_bits.mov_dr_exiting | proc_bits.unconditional_io_exiting |
             proc_bits.monitor_trap_flag | proc_bits.monitor_exiting | proc_bits.pause_exiting,
         always, "what makes VM exits is taken over; the exits are L1's"},
        {"proc", proc_bits.use_tsc_offsetting, always, "L1's TSC is the processor's"},
        {"proc", proc_bits.use_tpr_shadow, always, "the virtual-APIC page is L1's own page, translated"},
        {"proc", proc_bits.use_io_bitmaps | proc_bits.use_msr_bitmaps, always, "L0 merges the bitmaps with its own"},
        {"proc", proc_bits.activate_secondary, always, "L0 needs secondary controls itself"},
        // A.3.3
        {"proc2", proc2_bits.virtualize_apic_accesses | proc2_bits.virtualize_x2apic_mode, always,
         "the APIC-access page is L1's own page, translated; the rest is the TPR shadow's"},
        {"proc2", proc2_bits.enable_ept | proc2_bits.unrestricted_guest, always, "EPT02 is EPT12 composed with EPT01"},
        {"proc2", proc2_bits.enable_pml, l0.real(Bool{s.capability.ept_vpid.accessed_dirty}),
         "L0 sets EPT12's dirty flags, and writes the log then"},
        {"proc2", proc2_bits.vmcs_shadowing, l0.real(Bool{s.capability.misc.vmwrite_any}),
         "L2 reaches a shadow VMCS of L0's, to which L0 writes exit-information fields too"},
        {"proc2", proc2_bits.enable_vpid, vpid, "L2 has a VPID of L0's"},
        {"proc2",
         proc2_bits.descriptor_table_exiting | proc2_bits.wbinvd_exiting | proc2_bits.pause_loop_exiting |
             proc2_bits.rdrand_exiting | proc2_bits.rdseed_exiting,
         always, "what makes VM exits is taken over"},
        {"proc2",
         proc2_bits.enable_rdtscp | proc2_bits.enable_invpcid | proc2_bits.enable_xsaves | proc2_bits.enable_user_wait,
         always, "instructions that L1 has itself"},
        {"proc2", proc2_bits.use_tsc_scaling, always, "L1's TSC is the processor's"},
        // A.4
        {"exit", exit_bits.save_debug_controls | exit_bits.save_efer, always,
         "L0 saves them itself; L0 has the values"},
        {"exit", exit_bits.host_address_space_size | exit_bits.load_efer | exit_bits.load_perf_global_ctrl, always,
         "L0 loads L1's registers after an exit of L2's, by WRMSR or from VMCS01"},
        {"exit", exit_bits.acknowledge_interrupt, always, "taken over: the vector goes to L1"},
        {"exit", exit_bits.save_pat | exit_bits.load_pat, pat, "where L0 switches IA32_PAT itself"},
        {"exit", exit_bits.save_preemption_timer, timer, "L0 saves it itself"},
        // A.5
        {"entry", entry_bits.load_debug_controls | entry_bits.load_efer, always,
         "VMCS02 loads them always, with L1's own values where VMCS12 does not"},
        {"entry", entry_bits.ia32e_mode_guest, always, "taken over"},
        {"entry", entry_bits.load_perf_global_ctrl, always, "L0 loads it by WRMSR before it enters L2"},
        {"entry", entry_bits.load_pat, pat, "where L0 switches IA32_PAT itself"},
        // A.6
        {"misc",
         misc_bits.timer_rate | misc_bits.store_lma | misc_bits.hlt | misc_bits.shutdown | misc_bits.cr3_targets |
             misc_bits.zero_length_injection,
         always, "VMCS02 is entered by the real processor"},
        {"misc", misc_bits.vmwrite_any, always, "L0 emulates VMWRITE to all fields alike"},
        // A.10
        {"ept_vpid",
         ept_vpid_bits.execute_only | ept_vpid_bits.walk_4 | ept_vpid_bits.uc | ept_vpid_bits.wb |
             ept_vpid_bits.pages_2m | ept_vpid_bits.pages_1g | ept_vpid_bits.invept | ept_vpid_bits.invept_single |
             ept_vpid_bits.invept_all | ept_vpid_bits.accessed_dirty,
         always, "L0 walks EPT12 itself, and sets its flags; EPT02 can say all that EPT12 says"},
        {"ept_vpid",
         ept_vpid_bits.invvpid | ept_vpid_bits.invvpid_address | ept_vpid_bits.invvpid_single |
             ept_vpid_bits.invvpid_all | ept_vpid_bits.invvpid_retaining,
         vpid, "L0 invalidates VPID02"},
    };
}

std::vector<OfferedMsr> offered_msrs(const State& s, const Level0& l0) {
    std::vector<OfferedMsr> msrs;
    const auto offer = [&](std::string_view member, Bits<64> value, std::string_view reason) {
        msrs.push_back({s.leaf("capability." + std::string{member}), value, reason});
    };
    const auto real = [&](std::string_view member) { return real_msr(s, l0, member); };
    const Bits<64> nothing = l0.eptp.same(0);

    offer("basic", offered_basic(real("basic")), "VMCS12 is L0's format; no dual-monitor treatment");
    for (const ControlWord& word : control_words) {
        const Bits<64> offered = offered_bits(s, l0, word.plain);
        const Bits<64> plain = real(word.plain);
        offer(word.plain, offered_settings(plain, plain, offered), "rows of the control word");
        if (!word.exact.empty())
            offer(word.exact, offered_settings(real(word.exact), plain, offered), "rows of the control word");
    }
    offer("misc", real("misc") & offered_bits(s, l0, "misc"),
          "no SMM, no Intel PT in VMX operation, no wait-for-SIPI: L0 would not get the processor back");
    for (const std::string_view fixed : {"cr0_fixed0", "cr0_fixed1", "cr4_fixed0"})
        offer(fixed, real(fixed), "L1 and L2 run on the real processor");
    offer("cr4_fixed1", real("cr4_fixed1") & ~std::uint64_t{cr4_bits.smxe}, "no SMX under L0");
    offer("vmcs_enum", highest_index(s, l0), "VMCS12 is L0's format");
    offer("ept_vpid", real("ept_vpid") & offered_bits(s, l0, "ept_vpid"),
          "no walk of 5 levels, no advanced exit information, no supervisor shadow stacks");
    offer("vmfunc", nothing, "no VM functions");
    offer("proc3", nothing, "no tertiary controls");
    offer("exit2", nothing, "no secondary VM-exit controls");
    return msrs;
}

View offered_processor(const State& s, const std::vector<OfferedMsr>& msrs) {
    View view{s.graph()};
    for (const OfferedMsr& msr : msrs) view.put(msr.leaf, msr.value.id());
    // L0 looks at the PDPTEs itself, always.
    view.put(leaf_of(s.trait.unchanged_pdptes_unchecked), constant(s.graph(), false).id());
    return view;
}

}  // namespace vmxspec::nested
