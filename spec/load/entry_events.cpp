#include "spec/entry/event_injection.hpp"
#include "spec/load/after_entry.hpp"

namespace vmxspec::load {

namespace {

using entry::EventType;
using entry::injects;

// Activity states, SDM 27.4.2.
constexpr std::uint64_t active = 0, shutdown = 2, wait_for_sipi = 3;

void blocking(LoadTable& table, const State& s) {
    const auto& [state, pin, before] = std::tie(s.guest.interruptibility, s.control.pin, s.before);
    const Bool quiet = !injecting(s);
    const Bool nmi = injects(s, EventType::nmi);
    table.section({"29.7.1", "Interruptibility State"});
    table.add("blocking.sti", whole(bit(quiet && state.sti)));
    table.add("blocking.mov_ss", whole(bit(quiet && state.mov_ss)));
    table.add(
        "blocking.nmi", defined_if(!nmi || pin.virtual_nmis, bit(!pin.virtual_nmis && state.nmi)),
        "29.7.1 says bit 3 of the field decides; delivery of an injected NMI itself blocks NMIs (29.6.1), so that "
        "what follows such an entry is left open.");
    table.add("blocking.virtual_nmi", whole(bit(pin.virtual_nmis && (state.nmi || nmi))),
              "Exists only with \"virtual NMIs\"; an injected NMI blocks virtual NMIs (29.6.1.1).");
    table.add("blocking.smi", loaded_if(before.in_smm, bit(state.smi)));
    table.add("blocking.enclave_interruption", whole(bit(state.enclave)),
              "Table 27-3, bit 4: an event pends or is injected that interrupted enclave mode.");
}

void activity_state(LoadTable& table, const State& s) {
    const Bits<32> activity = select<32>(injecting(s), s.guest.activity.same(active), s.guest.activity);
    const Bool waits = activity == wait_for_sipi;
    const Bool shut_down = activity == shutdown;
    table.section({"29.7.2", "Activity State"});
    table.add("activity", whole(activity));
    table.add("activity_blocks.external_interrupt", whole(bit(waits || shut_down)));
    table.add("activity_blocks.nmi", whole(bit(waits)));
    table.add("activity_blocks.init", whole(bit(waits)));
    table.add("activity_blocks.smi", whole(bit(waits)));
    table.add("activity_blocks.sipi", whole(bit(!waits)));
}

/// Debug exceptions that pend after the entry: those of the field, unless an event or the activity state takes them.
void pending_debug_exceptions(LoadTable& table, const State& s) {
    const auto& [guest, pending, event] = std::tie(s.guest, s.guest.pending_debug, s.control.injected_event);
    const Bool by_fred = guest.cr4.fred && injecting(s);
    const Bool mov_ss = guest.interruptibility.mov_ss;
    const Bool software = injects(s, EventType::software_interrupt) || injects(s, EventType::software_exception);
    const Bool discarding =
        any_of({injects(s, EventType::external_interrupt), injects(s, EventType::nmi),
                injects(s, EventType::hardware_exception), injects(s, EventType::privileged_software_exception)});
    const Bool inactive = one_of<32>(guest.activity, {shutdown, wait_for_sipi});
    const Bool none = any_of({by_fred, discarding, software && !mov_ss, !injecting(s) && inactive});
    const Bool valid = pending.bs || pending.enabled_breakpoint;
    const Bool pends = !none && valid;
    const Bool breakpoint_or_overflow = one_of<8>(event.vector, {3, 4});
    const Bool may_be_lost =
        all_of({pends, injects(s, EventType::software_exception), mov_ss, !breakpoint_or_overflow});
    table.section({"29.7.3", "Delivery of Pending Debug Exceptions after VM Entry"});
    const Bits<64> all = Bits<64>{pending}.same(~0ULL);
    table.add("pending_debug", defined_in(select<64>(may_be_lost, ~pending, all), only_if<64>(pends, pending)),
              "As in the VMCS field; 0 when no debug exception pends. Those that meet an injected software exception "
              "other than #BP and #OF with blocking by MOV SS may be lost.");
}

}  // namespace

Bool injecting(const State& s) {
    const auto& event = s.control.injected_event;
    return event.valid && !one_of<3>(event.type, {1, 7});
}

void entry_events(LoadTable& table, const State& s) {
    blocking(table, s);
    activity_state(table, s);
    pending_debug_exceptions(table, s);

    table.section({"29.7.4", "VMX-Preemption Timer"});
    table.add("preemption_timer", loaded_if<32>(s.control.pin.activate_preemption_timer, s.guest.preemption_timer));
    table.section({"29.7.8", "Pending MTF VM Exits"});
    table.add("pending_mtf", whole(bit(injects(s, EventType::other, 0))),
              "That the VM entry itself makes pend; \"monitor trap flag\" adds its own (28.5.2).");
    table.section({"29", "VM Entries"});
    table.add("launched", whole(bit(constant(s.graph(), true))), "Launch state of the current VMCS.");
}

}  // namespace vmxspec::load
