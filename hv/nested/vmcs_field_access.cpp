#include "hv/l1/exit.hpp"
#include "hv/nested/operand.hpp"
#include "hv/nested/operation.hpp"

namespace vmxspec::hv {

using generated::InstructionRow;

namespace {

/// The state machine's part that VMREAD and VMWRITE have in common. \return the field's place
[[nodiscard]] std::size_t read_field_operand(Processor& processor, const Operands& operands) {
    Nested& nested = *processor.nested;
    InstructionState& machine = nested.machine;
    read_before(processor);
    machine.operand_encoding = operands.second();
    const std::size_t place = place_of(machine.operand_encoding);
    machine.operand_field_exists = place != no_place && nested.fields.contains(place);
    return place;
}

}  // namespace

void handle_vmread(Processor& processor, Registers& registers) {
    Operands operands{processor, registers};
    const std::size_t place = read_field_operand(processor, operands);
    const Nested& nested = *processor.nested;
    const InstructionResult result = generated::vmread(nested.machine);
    if (result.row == InstructionRow::vmread_read) {
        std::uint64_t value = nested.vmcs12.values[place];
        if (is_high(nested.machine.operand_encoding)) {
            value >>= 32;
        }
        if (operands.is_register()) {
            operands.set_first(value);
        } else if (const auto fault = operands.store(&value, operands.bits64() ? 8 : 4)) {
            return inject(*fault);
        }
    }
    finish(processor, result);
}

void handle_vmwrite(Processor& processor, Registers& registers) {
    const Operands operands{processor, registers};
    const std::size_t place = read_field_operand(processor, operands);
    Nested& nested = *processor.nested;
    const InstructionResult result = generated::vmwrite(nested.machine);
    if (result.row == InstructionRow::vmwrite_write) {
        constexpr std::uint64_t low_half = 0xffff'ffff;
        const std::uint64_t encoding = nested.machine.operand_encoding;
        std::uint64_t value = 0;
        if (operands.is_register()) {
            value = operands.first();
        } else if (const auto fault = operands.load(&value, operands.bits64() ? 8 : 4)) {
            return inject(*fault);
        }
        std::uint64_t& field = nested.vmcs12.values[place];
        field = is_high(encoding) ? (field & low_half) | value << 32 : truncated(encoding, value);
    }
    finish(processor, result);
}

}  // namespace vmxspec::hv
