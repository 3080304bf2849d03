#include "spec/load/after_exit.hpp"

namespace vmxspec::load {

namespace {

constexpr std::uint64_t valid = 1ULL << 31;

/// What the fields on an event are made of.
struct Event {
    Bits<8> vector;
    Bits<3> type;
    Bool has_error_code, nested;
};

/// A truth value in one bit of a word.
Bits<32> at(unsigned place, Bool condition) { return extend<32>(bit(condition)) << place; }

/// Tables 27-20 and 27-21. In real-address mode no event has an error code.
Bits<32> identification(const State& s, const Event& event) {
    return extend<32>(event.vector) | (extend<32>(event.type) << 8) | at(11, event.has_error_code && s.exiting.cr0.pe) |
           at(13, event.nested) | valid;
}

/// The field is marked invalid, and the rest of it undefined, unless the VM exit has such an event.
Partly<32> if_there(Bool there, Bits<32> identification, Bits<32> undefined) {
    const Bits<32> all = identification.same(low_bits(32));
    return defined_in(select(there, all & ~undefined, all.same(valid)), only_if(there, identification));
}

void exiting_event(LoadTable& table, const State& s) {
    const auto& exiting = s.exiting;
    constexpr std::uint64_t hardware_exception = 3, double_fault = 8, unblocking = 1 << 12;
    const Event event{exiting.event_vector, exiting.event_type, exiting.event_has_error_code, exiting.event_nested};
    const Bits<32> word = identification(s, event) | at(12, exiting.iret_unblocked_nmi);
    const Bool is_double_fault = exiting.event_type == hardware_exception && exiting.event_vector == double_fault;
    // 30.2.3: nor where NMIs cause VM exits and are not virtual, nor during event delivery.
    const Bool open =
        any_of({is_double_fault, s.control.pin.nmi_exiting && !s.control.pin.virtual_nmis, exiting.in_delivery});
    table.section({"30.2.2", "Information for VM Exits Due to Vectored Events"});
    table.add("vmcs.exiting_event", if_there(exiting.by_event, word, only_if(open, word.same(unblocking))),
              "Bit 12 is NMI unblocking due to IRET, undefined where 30.2.3 does not define it.");
    table.add("vmcs.exiting_event_error_code", defined_if<32>(exiting.by_event && word[11], exiting.event_error_code));
}

void original_event(LoadTable& table, const State& s) {
    const auto& exiting = s.exiting;
    constexpr std::uint64_t undefined = 1 << 12;
    const Event event{exiting.original_vector, exiting.original_type, exiting.original_has_error_code,
                      exiting.original_nested};
    const Bits<32> word = identification(s, event);
    table.section({"30.2.4", "Information for VM Exits During Event Delivery"});
    table.add("vmcs.original_event", if_there(exiting.in_delivery, word, word.same(undefined)));
    table.add("vmcs.original_event_error_code",
              defined_if<32>(exiting.in_delivery && word[11], exiting.original_error_code));
    table.add("vmcs.original_event_data",
              defined_if<64>(exiting.in_delivery && exiting.delivery_by_fred, exiting.original_data));
}

}  // namespace

void exit_information(LoadTable& table, const State& s) {
    const auto& exiting = s.exiting;
    const Bits<32> reason = extend<32>(Bits<16>{exiting.reason}) |
                            at(25, s.exit2.prematurely_busy_shadow_stack && exiting.busy_shadow_stack) |
                            at(26, s.proc2.bus_lock_detection && exiting.bus_lock) | at(27, exiting.enclave);
    constexpr std::uint64_t defined_by_smm = 0xfULL << 28;  // 34.15.2.3
    const Bits<32> all = reason.same(low_bits(32));
    table.section({"30.2.1", "Basic VM-Exit Information"});
    table.add("vmcs.exit_reason",
              defined_in(select(exiting.ends_in_smm, all.same(low_bits(32) & ~defined_by_smm), all), reason));
    table.add("vmcs.exit_qualification", whole(only_if<64>(exiting.has_qualification, exiting.qualification)),
              "0 for causes that have none.");
    exiting_event(table, s);
    original_event(table, s);
}

}  // namespace vmxspec::load
