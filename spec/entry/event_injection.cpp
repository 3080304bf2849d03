#include "spec/entry/event_injection.hpp"

#include "spec/entry/conditions.hpp"

namespace vmxspec::entry {

namespace {

Bool has_type(const State& s, EventType type) {
    return s.control.injected_event.type == static_cast<std::uint64_t>(type);
}

/// The processor supports the 1-setting of "monitor trap flag".
Bool supports_monitor_trap_flag(const State& s) {
    constexpr unsigned monitor_trap_flag = 27;
    const auto& capability = s.capability;
    return governing(s, capability.proc, capability.true_proc)[32 + monitor_trap_flag];
}

void type_and_vector(RuleTable& table, const State& s) {
    const auto& event = s.control.injected_event;
    const Bits<8> vector = event.vector;
    const Bool mtf = supports_monitor_trap_flag(s);
    const Bool other_supported = mtf || s.processor.fred;
    table.check("ctl.inject.type", event.valid >> (!has_type(s, EventType::reserved) &&
                                                   (has_type(s, EventType::other) >> other_supported)));
    table.check("ctl.inject.vector.nmi", injects(s, EventType::nmi) >> (vector == 2));
    table.check("ctl.inject.vector.hwexc", injects(s, EventType::hardware_exception) >> (vector <= 31));
    table.check("ctl.inject.vector.other",
                injects(s, EventType::other) >> ((vector == 0 && mtf) || (s.guest.cr4.fred && one_of(vector, {1, 2}))));
}

void error_code(RuleTable& table, const State& s) {
    const auto& event = s.control.injected_event;
    const Bits<8> vector = event.vector;
    const Bool exception = has_type(s, EventType::hardware_exception);
    const Bool protected_mode = !s.proc2.unrestricted_guest || s.guest.cr0.pe;
    const Bool vector_decides = !s.capability.basic.error_code_optional;
    const Bool with_code = one_of(vector, {8, 10, 11, 12, 13, 14, 17});
    const Bool without_code = vector <= 7 || one_of(vector, {9, 15, 16}) || (vector >= 18 && vector <= 31);
    const Bool control_protection = vector == 21 && s.trait.cp_error_code;

    table.check(
        "ctl.inject.error-code.required",
        all_of({event.valid, exception, protected_mode, vector_decides, with_code}) >> event.deliver_error_code);
    table.check("ctl.inject.error-code.forbidden",
                (event.valid &&
                 any_of({!exception, !protected_mode, all_of({vector_decides, without_code, !control_protection})})) >>
                    !event.deliver_error_code,
                "#CP (21) is within 18-31, although processors with CET push an error code for it. They report "
                "IA32_VMX_BASIC[56] = 1 and so are free of the vector's rule; trait.cp_error_code is for one that "
                "does not and still takes the code.");
    table.check("ctl.inject.nested-exception",
                (event.valid && event.nested_exception) >> (exception && s.capability.basic.nested_exception));
    constexpr std::uint64_t reserved = 0x7fff'd000;  // 30:14 and 12
    table.check("ctl.inject.reserved", event.valid >> ((s.control.injected_event & reserved) == 0));
    const Bits<32> code = s.control.injected_event_error_code;
    table.check(
        "ctl.inject.error-code.value",
        (event.valid && event.deliver_error_code) >> ((code >> 16) == 0 && !(s.trait.error_code_15_bits && code[15])),
        "Older editions reserve bits 31:15, before #PF had an SGX bit 15: trait.error_code_15_bits.");
}

void instruction_length(RuleTable& table, const State& s) {
    const Bits<32> length = s.control.entry_instruction_length;
    const Bool counts = any_of({injects(s, EventType::software_interrupt), injects(s, EventType::software_exception),
                                injects(s, EventType::privileged_software_exception), injects(s, EventType::other, 1),
                                injects(s, EventType::other, 2)});
    table.check("ctl.inject.instr-length",
                counts >> (length <= 15 && (length == 0) >> s.capability.misc.zero_length_injection));
}

}  // namespace

Bool injects(const State& s, EventType type) { return s.control.injected_event.valid && has_type(s, type); }

Bool injects(const State& s, EventType type, std::uint64_t vector) {
    return injects(s, type) && s.control.injected_event.vector == vector;
}

void event_injection(RuleTable& table, const State& s) {
    type_and_vector(table, s);
    error_code(table, s);
    instruction_length(table, s);
}

}  // namespace vmxspec::entry
