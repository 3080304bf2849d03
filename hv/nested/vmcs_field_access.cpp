#include "hv/l1/exit.hpp"
#include "hv/nested/operand.hpp"
#include "hv/nested/operation.hpp"
#include "hv/nested/shadow_vmcs.hpp"
#include "hv/nested/to_l1.hpp"

namespace vmxspec::hv {

namespace {

/// The state machine's part that VMREAD and VMWRITE have in common. \return the field, null if there is none
[[nodiscard]] const FieldMap::Place* read_field_operand(Nested& nested, const Operands& operands) {
    InstructionState& machine = nested.machine;
    machine.operand_encoding = operands.second();
    const FieldMap::Place* const place = nested.fields.find(machine.operand_encoding);
    machine.operand_field_exists = place != nullptr;
    return place;
}

}  // namespace

// In one piece: these two are executed more often than all else.
[[gnu::flatten]] void handle_vmread(Processor& processor, Registers& registers) {
    Nested& nested = *processor.nested;
    read_mode(nested);
    Operands operands{processor, registers};
    const FieldMap::Place* const place = read_field_operand(nested, operands);
    const InstructionRow row = generated::row_of_vmread(nested.machine);
    if (row == InstructionRow::vmread_read) {
        const std::uint64_t field = at(nested.vmcs12, *place);
        const std::uint64_t value = is_high(nested.machine.operand_encoding) ? field >> 32 : field;
        if (operands.is_register()) {
            operands.set_first(value);
        } else if (const auto fault = operands.store(&value, operands.bits64() ? 8 : 4)) {
            return inject(*fault);
        }
        InstructionState next;
        generated::effect_vmread_read(nested.machine, next);
        return succeed(nested, next.before_rflags);
    }
    finish(processor, row);
}

[[gnu::flatten]] void handle_vmwrite(Processor& processor, Registers& registers) {
    Nested& nested = *processor.nested;
    read_mode(nested);
    const Operands operands{processor, registers};
    const FieldMap::Place* const place = read_field_operand(nested, operands);
    const InstructionRow row = generated::row_of_vmwrite(nested.machine);
    if (row == InstructionRow::vmwrite_write) {
        constexpr std::uint64_t low_half = 0xffff'ffff;
        const std::uint64_t encoding = nested.machine.operand_encoding;
        std::uint64_t value = 0;
        if (operands.is_register()) {
            value = operands.first();
        } else if (const auto fault = operands.load(&value, operands.bits64() ? 8 : 4)) {
            return inject(*fault);
        }
        std::uint64_t& field = at(nested.vmcs12, *place);
        value = is_high(encoding) ? (field & low_half) | value << 32 : truncated(encoding, value);
        if (field != value) {
            field = value;
            nested.written.insert(nested.fields.number_of(*place));
        }
        if (is_shadowed(nested, encoding)) {
            const VmcsSwitch guard{nested};
            publish_to_shadow(nested);
            make_current(processor.vmcs);
        }
        InstructionState next;
        generated::effect_vmwrite_write(nested.machine, next);
        return succeed(nested, next.before_rflags);
    }
    finish(processor, row);
}

}  // namespace vmxspec::hv
