#include "tests/bochs/probe/operand_facts.hpp"

#include <optional>

namespace vmxspec::probe {

namespace {

constexpr std::uint64_t high = 1;  // access type, of a VMCS-field encoding

/// The whole field that the instruction accesses, of the current VMCS or of the one that the link pointer names.
[[nodiscard]] std::optional<std::uint64_t> value_of_field(InstructionStage& stage, const InstructionRow& row) {
    if (!is_field(row.rax)) {
        return std::nullopt;
    }
    if (row.place != Place::guest) {
        return stage.field(row.rax & ~high);
    }
    const bool linked = row.equipment == Equipment::shadowing || row.equipment == Equipment::shadowing_bitmap;
    const auto current = stage.current();
    if (!linked || !current) {
        return std::nullopt;
    }
    // A VMCS that a guest accesses must not be current in VMX root operation at the time of the VM entry.
    static_cast<void>(stage.execute(Instruction::vmptrld, stage.linked()));
    const auto value = stage.field(row.rax & ~high);
    static_cast<void>(stage.execute(Instruction::vmclear, stage.linked()));
    static_cast<void>(stage.execute(Instruction::vmptrld, runtime::PhysicalAddress{*current}));
    return value;
}

}  // namespace

void operands_before(Facts& facts, InstructionStage& stage, const InstructionRow& row) {
    switch (row.instruction) {
        case Instruction::vmxon:
        case Instruction::vmclear:
        case Instruction::vmptrld: {
            const std::uint64_t address = stage.address(row);
            facts.add("operand.address", address);
            if (address < runtime::mapped_end) {
                facts.add("operand.word", *runtime::at<std::uint32_t>(runtime::PhysicalAddress{address}));
            }
            const bool is_current = row.pointer == Pointer::current && row.current == Current::launched;
            facts.add("operand.launched", row.operand_launched || is_current ? 1 : 0);
            facts.add("operand.stale", 0);
            return;
        }
        case Instruction::vmptrst: facts.add("operand.value", row.descriptor[0]); return;
        case Instruction::vmread:
        case Instruction::vmwrite:
            facts.add("operand.encoding", row.rax);
            facts.add("operand.field_exists", is_field(row.rax) ? 1 : 0);
            facts.add("operand.value", row.rcx);
            facts.add("operand.bitmap_bit", row.equipment == Equipment::shadowing_bitmap ? 1 : 0);
            return;
        case Instruction::invept:
        case Instruction::invvpid:
            facts.add("operand.type", row.rax);
            facts.add("operand.descriptor_low", row.descriptor[0]);
            facts.add("operand.descriptor_high", row.descriptor[1]);
            return;
        case Instruction::vmfunc:
            facts.add("operand.eax", row.rax);
            facts.add("operand.ecx", row.rcx);
            facts.add("operand.listed_eptp", stage.listed_eptp(row.rcx & 0x1ff));
            return;
        default: return;
    }
}

void operands_after(Facts& facts, const InstructionRow& row, const Ending& ending, std::uint64_t stored) {
    if (row.instruction == Instruction::vmptrst && row.place != Place::guest) {
        facts.add("operand.value", stored);
    }
    if (row.instruction == Instruction::vmread && ending.kind == Ending::Kind::completed) {
        facts.add("operand.value", ending.rcx);
    }
}

void accessed_field(Facts& facts, InstructionStage& stage, const InstructionRow& row) {
    if (const auto value = value_of_field(stage, row)) {
        facts.add("operand.field", *value);
    }
}

}  // namespace vmxspec::probe
