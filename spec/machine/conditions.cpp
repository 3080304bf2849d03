#include "spec/machine/conditions.hpp"

#include "spec/entry/conditions.hpp"

namespace vmxspec::machine {

namespace {

constexpr std::uint64_t cf = 1 << 0, zf = 1 << 6;

Bits<64> with_flags(const State& s, std::uint64_t flags) { return (s.before.rflags & ~arithmetic_flags) | flags; }

/// What VM exits and failed VM entries have in common.
Effects to_host(const State& s, Bits<32> exit_reason) {
    return {set(s.before.non_root, false),    set(s.machine.init_blocked, true),
            set(s.machine.monitoring, false), set(s.before.blocking_by_mov_ss, false),
            set<64>(s.before.rflags, 2),      set<32>(s.information.exit_reason, exit_reason)};
}

}  // namespace

Bool in_root(const State& s) { return s.before.in_vmx_operation && !s.before.non_root; }
Bool in_non_root(const State& s) { return s.before.in_vmx_operation && s.before.non_root; }
Bool has_current(const State& s) { return s.before.current_vmcs != ~0ULL; }

Bool wrong_mode(const State& s) {
    const auto& before = s.before;
    return any_of({!before.cr0.pe, before.rflags.vm, before.efer.lma && !before.cs_l});
}

Bool privileged_root(const State& s) { return in_root(s) && !wrong_mode(s) && s.before.cpl == 0; }

Bool valid_pointer(const State& s, Bits<64> address) {
    return entry::aligned(address, 12) && entry::within_physical_width(s, address);
}

Bool right_revision(const State& s, Bits<32> word) { return word.slice<30, 0>() == s.capability.basic.revision; }

Bool supports_secondary(const State& s, unsigned bit) {
    const Bits<32> may_be_1 = s.capability.proc2.may_be_1;
    return may_be_1[bit];
}

Bool valid_eptp(const State& s, const RuleTable& rules, Bits<64> eptp) {
    constexpr std::uint64_t activate_secondary = 1ULL << 31, enable_ept = 1 << 1;
    const std::map<std::size_t, NodeId> entry{
        {s.leaf("control.eptp"), eptp.id()},
        {s.leaf("control.proc"), Bits<32>{s.control.proc}.same(activate_secondary).id()},
        {s.leaf("control.proc2"), Bits<32>{s.control.proc2}.same(enable_ept).id()},
    };
    Bool valid = constant(s.graph(), true);
    for (const Rule& rule : rules)
        if (rule.id.starts_with("ctl.eptp."))
            valid = valid && Bool{&s.graph(), s.graph().substitute(rule.condition.id(), entry)};
    return valid;
}

Bits<64> effective(const State& s, Bits<64> operand) {
    return select(s.before.efer.lma, operand, operand & low_bits(32));
}

Effects vmsucceed(const State& s) { return {set<64>(s.before.rflags, with_flags(s, 0))}; }
Effects vmfail_invalid(const State& s) { return {set<64>(s.before.rflags, with_flags(s, cf))}; }
Effects vmfail_valid(const State& s, std::uint32_t number) {
    return {set<64>(s.before.rflags, with_flags(s, zf)), set<32>(s.information.instruction_error, number)};
}
Effects vmfail(const State& s, std::uint32_t number) {
    const Bits<32> error = s.information.instruction_error;
    return {set<64>(s.before.rflags, select(has_current(s), with_flags(s, zf), with_flags(s, cf))),
            set<32>(s.information.instruction_error, select(has_current(s), error.same(number), error))};
}

Effects vm_exit(const State& s, std::uint32_t reason) {
    return to_host(s, Bits<32>{s.information.exit_reason}.same(reason));
}
Effects entry_failure(const State& s, std::uint32_t reason) {
    return to_host(s, Bits<32>{s.information.exit_reason}.same(1ULL << 31 | reason));
}

void entrance(TransitionTable& table, const State& s, const Entrance& entrance) {
    table.row("ud", any_of({!s.before.in_vmx_operation, wrong_mode(s), entrance.undefined}), Ending::invalid_opcode, 0,
              {});
    table.row("exit", in_non_root(s), Ending::vm_exit, entrance.exit_reason, vm_exit(s, entrance.exit_reason));
    table.row("gp", in_root(s) && s.before.cpl > 0, Ending::general_protection, 0, {});
}

}  // namespace vmxspec::machine
