// INVEPT and INVVPID. What they invalidate is no state of this machine: a caller that gets VMsucceed invalidates.
#include "spec/entry/conditions.hpp"
#include "spec/machine/conditions.hpp"
#include "spec/machine/instructions.hpp"

namespace vmxspec::machine {

namespace {

constexpr std::uint32_t invalid_operand = 28;
constexpr unsigned enable_ept = 1, enable_vpid = 5;  // bits of the secondary processor-based controls

/// An invalidation type, and whether the processor has it.
struct Type {
    std::uint64_t number;
    Bool supported;
};

Bool supported_type(Bits<64> type, std::initializer_list<Type> types) {
    Bool any = constant(type.graph(), false);
    for (const Type& one : types) any = any || (type == one.number && one.supported);
    return any;
}

}  // namespace

void invept(TransitionTable& table, const State& s, const RuleTable& rules) {
    const auto& [operand, offered] = std::tie(s.operand, s.capability.ept_vpid);
    const Bool exists = supports_secondary(s, enable_ept) && offered.invept;
    const Bits<64> type = effective(s, operand.type);
    const Bool type_exists = supported_type(type, {{1, offered.invept_single}, {2, offered.invept_all}});
    const Bool right_descriptor =
        operand.descriptor_high == 0 && (type == 1) >> valid_eptp(s, rules, operand.descriptor_low);
    table.instruction(Instruction::invept, {"33.3", "INVEPT-Invalidate Translations Derived from EPT"});

    entrance(table, s, {50, !exists});
    table.row("type", in_root(s) && !type_exists, Ending::vmfail, invalid_operand, vmfail(s, invalid_operand));
    table.row("descriptor", in_root(s) && !right_descriptor, Ending::vmfail, invalid_operand,
              vmfail(s, invalid_operand),
              "Figure 33-1 reserves bits 127:64 of the descriptor; the operation section does not test them.");
    table.row("invalidate", all_of({privileged_root(s), exists, type_exists, right_descriptor}), Ending::succeed, 0,
              vmsucceed(s));
}

void invvpid(TransitionTable& table, const State& s) {
    const auto& [operand, offered] = std::tie(s.operand, s.capability.ept_vpid);
    constexpr std::uint64_t individual_address = 0, all_contexts = 2;
    const Bool exists = supports_secondary(s, enable_vpid) && offered.invvpid;
    const Bits<64> type = effective(s, operand.type);
    const Bits<64> descriptor = operand.descriptor_low;
    const Bool type_exists = supported_type(type, {{individual_address, offered.invvpid_address},
                                                   {1, offered.invvpid_single},
                                                   {all_contexts, offered.invvpid_all},
                                                   {3, offered.invvpid_retaining}});
    const Bool right_descriptor = all_of({
        (descriptor >> 16) == 0,
        type == all_contexts || descriptor.slice<15, 0>() != 0,
        (type == individual_address) >> entry::canonical(s, operand.descriptor_high),
    });
    table.instruction(Instruction::invvpid, {"33.3", "INVVPID-Invalidate Translations Based on VPID"});

    entrance(table, s, {53, !exists});
    table.row("type", in_root(s) && !type_exists, Ending::vmfail, invalid_operand, vmfail(s, invalid_operand));
    table.row("descriptor", in_root(s) && !right_descriptor, Ending::vmfail, invalid_operand,
              vmfail(s, invalid_operand));
    table.row("invalidate", all_of({privileged_root(s), exists, type_exists, right_descriptor}), Ending::succeed, 0,
              vmsucceed(s));
}

}  // namespace vmxspec::machine
