#include "spec/entry/conditions.hpp"
#include "spec/entry/entry.hpp"
#include "spec/entry/event_injection.hpp"
#include "spec/entry/reserved_bits.hpp"

namespace vmxspec::entry {

namespace {

// Activity states, SDM 27.4.2.
constexpr std::uint64_t active = 0, hlt = 1, shutdown = 2, wait_for_sipi = 3;
// Vectors of exceptions that wake an inactive processor.
constexpr std::uint64_t debug = 1, machine_check = 18;

/// Blocking by STI or by MOV SS.
Bool blocks_interrupts(const State& s) { return s.guest.interruptibility.sti || s.guest.interruptibility.mov_ss; }

void activity_state(RuleTable& table, const State& s) {
    const auto& misc = s.capability.misc;
    const Bits<32> activity = s.guest.activity;
    const Bool injecting = s.control.injected_event.valid;
    const Bool machine_check_injected = injects(s, EventType::hardware_exception, machine_check);
    const Bool nmi_injected = injects(s, EventType::nmi);
    const Bool wakes_from_hlt = any_of({injects(s, EventType::external_interrupt), nmi_injected,
                                        injects(s, EventType::hardware_exception, debug), machine_check_injected,
                                        injects(s, EventType::other, 0)});
    table.check("guest.activity.supported",
                any_of({activity == active, activity == hlt && misc.hlt, activity == shutdown && misc.shutdown,
                        activity == wait_for_sipi && misc.wait_for_sipi}));
    table.check("guest.activity.hlt-dpl", (activity == hlt) >> (s.guest.ss_access_rights.dpl == 0));
    table.check("guest.activity.blocking", blocks_interrupts(s) >> (activity == active));
    table.check("guest.activity.hlt-event", (activity == hlt && injecting) >> wakes_from_hlt);
    table.check("guest.activity.shutdown-event",
                (activity == shutdown && injecting) >> (nmi_injected || machine_check_injected));
    table.check("guest.activity.sipi-event", (activity == wait_for_sipi) >> !injecting);
    table.check("guest.activity.smm-sipi", s.control.entry.entry_to_smm >> (activity != wait_for_sipi));
}

void interruptibility_state(RuleTable& table, const State& s) {
    const auto& state = s.guest.interruptibility;
    const Bool interrupt = injects(s, EventType::external_interrupt);
    const Bool nmi = injects(s, EventType::nmi);
    table.check("guest.interruptibility.reserved", (state >> 5) == 0);
    table.check("guest.interruptibility.sti-movss", !(state.sti && state.mov_ss));
    table.check("guest.interruptibility.sti-if", !s.guest.rflags.if_ >> !state.sti);
    table.check("guest.interruptibility.extint-sti", interrupt >> !state.sti);
    table.check("guest.interruptibility.extint-movss", interrupt >> !state.mov_ss);
    table.check("guest.interruptibility.nmi-sti", (nmi && !s.trait.nmi_despite_sti) >> !state.sti, {outcome::guest_nmi},
                "The cited edition demands it of every processor; older ones let some processors accept the NMI: "
                "trait.nmi_despite_sti. The failure has a qualification of its own, 3 (29.8).");
    table.check("guest.interruptibility.nmi-movss", nmi >> !state.mov_ss);
    table.check("guest.interruptibility.smi", s.before.in_smm || !state.smi);
    table.check("guest.interruptibility.smm-smi", s.control.entry.entry_to_smm >> state.smi);
    table.check("guest.interruptibility.vnmi", (s.control.pin.virtual_nmis && nmi) >> !state.nmi);
    table.check("guest.interruptibility.enclave-movss", state.enclave >> !state.mov_ss);
    table.check("guest.interruptibility.enclave-sgx", state.enclave >> s.processor.sgx);
}

void pending_debug_exceptions(RuleTable& table, const State& s) {
    const auto& [guest, pending] = std::tie(s.guest, s.guest.pending_debug);
    const Bool trap_would_be_pending = blocks_interrupts(s) || guest.activity == hlt;
    const Bool single_step = guest.rflags.tf && !guest.debugctl.btf;
    table.check("guest.pending-dbg.reserved", none_reserved(pending, pending_debug_reserved(s)),
                "29.3.1.5 says bits 11:4; Table 27-4 of the same edition defines bit 11 (bus lock detected), which "
                "exists where the processor has bus-lock detection (CPUID.7.0:ECX[24]). The table decides here.");
    table.check("guest.pending-dbg.bs-set", (trap_would_be_pending && single_step) >> pending.bs);
    table.check("guest.pending-dbg.bs-clear", (trap_would_be_pending && !single_step) >> !pending.bs);
    constexpr std::uint64_t zero = ~low_bits(17) | 0x7ULL << 13 | low_bits(12);
    constexpr std::uint64_t enabled_breakpoint = 1ULL << 12;
    table.check("guest.pending-dbg.rtm-bits",
                pending.rtm >> ((pending & (zero | enabled_breakpoint)) == enabled_breakpoint));
    table.check("guest.pending-dbg.rtm-cpu", pending.rtm >> s.processor.rtm);
    table.check("guest.pending-dbg.rtm-movss", pending.rtm >> !guest.interruptibility.mov_ss);
}

void link_pointer(RuleTable& table, const State& s) {
    const Bits<64> pointer = s.guest.link_pointer;
    const Bits<32> word = s.memory.link_word;
    const Bits<31> revision = s.capability.basic.revision;
    const Bool linked = pointer != ~0ULL;
    const Bool returns_from_smm = s.before.in_smm && !s.control.entry.entry_to_smm;
    table.check("guest.link.aligned", linked >> aligned(pointer, 12), {outcome::guest_link_pointer});
    table.check("guest.link.width", linked >> within_physical_width(s, pointer), {outcome::guest_link_pointer},
                "29.3.1.5 names MAXPHYADDR only; the limit of 32 bits where IA32_VMX_BASIC[48] is 1 is A.1's, which "
                "speaks of the address of each VMCS.");
    table.check("guest.link.revision", linked >> (word.slice<30, 0>() == revision), {outcome::guest_link_pointer});
    table.check("guest.link.shadow", linked >> (word[31] == s.proc2.vmcs_shadowing), {outcome::guest_link_pointer});
    table.check("guest.link.current", (linked && !returns_from_smm) >> (pointer != s.before.current_vmcs),
                {outcome::guest_link_pointer});
    table.check("guest.link.executive", (linked && returns_from_smm) >> (pointer != s.control.executive_vmcs),
                {outcome::guest_link_pointer});
}

}  // namespace

void guest_non_register(RuleTable& table, const State& s) {
    table.section(Stage::guest, {"29.3.1.5", "Checks on Guest Non-Register State"}, {outcome::guest_state});

    activity_state(table, s);
    interruptibility_state(table, s);
    pending_debug_exceptions(table, s);
    link_pointer(table, s);
}

}  // namespace vmxspec::entry
