#include "spec/entry/event_injection.hpp"
#include "spec/nested/control_bits.hpp"
#include "spec/nested/vmcs02.hpp"

namespace vmxspec::nested {

namespace {

/// IA32_DEBUGCTL with which L2 begins. Where VMCS12 does not load it, it is L1's; only BTF is VMCS12's where the check
/// of pending debug exceptions (29.3.1.5) has judged BS by the field.
Bits<64> debugctl(const State& s, const Level0& l0) {
    constexpr std::uint64_t hlt = 1, btf = debugctl_bits.btf;
    const auto& guest = s.guest;
    const Bits<64> l1 = l0.vmcs01(Bits<64>{guest.debugctl});
    const Bool trap_pends = any_of({guest.interruptibility.sti, guest.interruptibility.mov_ss, guest.activity == hlt});
    const Bits<64> judged = select(trap_pends && guest.rflags.tf, (l1 & ~btf) | (guest.debugctl & btf), l1);
    return select<64>(s.control.entry.load_debug_controls, guest.debugctl, judged);
}

/// Blocking by NMI. An NMI that is injected blocks NMIs by itself; VMCS02, whose NMIs are virtual, may not say so too.
Bits<32> interruptibility(const State& s) {
    constexpr std::uint64_t nmi = interruptibility_bits.nmi;
    const Bits<32> state = s.guest.interruptibility;
    return select(entry::injects(s, entry::EventType::nmi), state & (~nmi & low_bits(32)), state);
}

/// PDPTEs: from VMCS12, or from the memory to which guest CR3 points where L2 has no EPT of L1's (29.3.2.4).
void pdptes(FieldTable& table, const State& s) {
    const auto& [guest, memory] = std::tie(s.guest, s.memory);
    const Bool ept = s.proc2.enable_ept;
    table.add(guest.pdpte0, select<64>(ept, guest.pdpte0, memory.pdpte0));
    table.add(guest.pdpte1, select<64>(ept, guest.pdpte1, memory.pdpte1));
    table.add(guest.pdpte2, select<64>(ept, guest.pdpte2, memory.pdpte2));
    table.add(guest.pdpte3, select<64>(ept, guest.pdpte3, memory.pdpte3));
}

}  // namespace

void vmcs02_guest(FieldTable& table, const State& s, const Level0& l0, const load::Registers& loaded) {
    const auto& [guest, entry] = std::tie(s.guest, s.control.entry);
    table.section({"27.4", "Guest-State Area"});
    table.add(guest.dr7, select<64>(entry.load_debug_controls, guest.dr7, l0.vmcs01(Bits<64>{guest.dr7})));
    table.add(guest.debugctl, debugctl(s, l0));
    table.add(guest.pat, select<64>(entry.load_pat, guest.pat, l0.vmcs01(Bits<64>{guest.pat})));
    table.add(
        guest.efer, loaded.efer,
        "As VMCS12's entry establishes it before its MSR-load area. An L0 that can't load IA32_EFER puts the same "
        "value into VMCS02's MSR-load area (nested/established-efer).");
    table.add(guest.interruptibility, interruptibility(s));
    pdptes(table, s);
    const Bool has_shadow = s.proc2.vmcs_shadowing && guest.link_pointer != ~0ULL;
    table.add(guest.link_pointer, select(has_shadow, l0.shadow_vmcs, guest.link_pointer.same(~0ULL)),
              "Without \"VMCS shadowing\" L2 can't reach what it leads to.");

    const auto same = [&](const auto&... field) {
        (table.add(leaf_of(field), constant(s.graph(), true), node_of(field)), ...);
    };
    same(guest.es_selector, guest.cs_selector, guest.ss_selector, guest.ds_selector, guest.fs_selector,
         guest.gs_selector, guest.ldtr_selector, guest.tr_selector);
    same(guest.es_limit, guest.cs_limit, guest.ss_limit, guest.ds_limit, guest.fs_limit, guest.gs_limit,
         guest.ldtr_limit, guest.tr_limit, guest.gdtr_limit, guest.idtr_limit);
    same(guest.es_access_rights, guest.cs_access_rights, guest.ss_access_rights, guest.ds_access_rights,
         guest.fs_access_rights, guest.gs_access_rights, guest.ldtr_access_rights, guest.tr_access_rights);
    same(guest.es_base, guest.cs_base, guest.ss_base, guest.ds_base, guest.fs_base, guest.gs_base, guest.ldtr_base,
         guest.tr_base, guest.gdtr_base, guest.idtr_base);
    same(guest.activity, guest.smbase, guest.sysenter_cs, guest.sysenter_esp, guest.sysenter_eip,
         guest.preemption_timer, guest.cr0, guest.cr3, guest.cr4, guest.rsp, guest.rip, guest.rflags,
         guest.pending_debug);

    const auto zero = [&](std::string_view note, const auto&... field) {
        (table.add(leaf_of(field), constant(s.graph(), true), field.same(0).id(), note), ...);
    };
    zero("L0 loads the MSR by WRMSR where VMCS12 does (software_loads).", guest.perf_global_ctrl);
    zero("No control that VMCS02 has uses it.", guest.interrupt_status, guest.pml_index, guest.uinv, guest.bndcfgs,
         guest.rtit_ctl, guest.lbr_ctl, guest.pkrs, guest.fred_config, guest.fred_rsp1, guest.fred_rsp2,
         guest.fred_rsp3, guest.fred_stklvls, guest.fred_ssp1, guest.fred_ssp2, guest.fred_ssp3, guest.spec_ctrl,
         guest.deadline, guest.s_cet, guest.ssp, guest.ssp_table);
}

}  // namespace vmxspec::nested
