#include "hv/nested/operation.hpp"

#include "hv/l1/control_registers.hpp"
#include "hv/l1/exit.hpp"
#include "hv/l1/nmi.hpp"
#include "hv/l1/translation.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/nested/guest_memory.hpp"
#include "hv/nested/operand.hpp"
#include "hv/nested/translation.hpp"

namespace vmxspec::hv {

using generated::Ending;
using generated::InstructionRow;

namespace {

[[nodiscard]] bool faults(const InstructionResult& result) {
    return result.ending == Ending::invalid_opcode || result.ending == Ending::general_protection;
}

/// VMX operation of L1 begins or ends: it fixes CR0.PE and CR0.PG too (SDM 26.8).
void fix_control_registers(Processor& processor, bool in_vmx_operation) {
    constexpr std::uint64_t only_in_vmx_operation = cr0::pe | cr0::pg;
    const std::uint64_t mask = processor.cr0_mask;
    const std::uint64_t seen = (read(Field::guest_cr0) & ~mask) | (read(Field::cr0_read_shadow) & mask);
    processor.cr0_mask = in_vmx_operation ? mask | only_in_vmx_operation : mask & ~only_in_vmx_operation;
    write(Field::cr0_guest_host_mask, processor.cr0_mask);
    write(Field::cr0_read_shadow, seen);
}

/// Whether a pointer of L1's can be followed: bits beyond the width are the state machine's business.
[[nodiscard]] bool is_reachable(const Nested& nested, std::uint64_t pointer) {
    return (pointer & (runtime::page_size - 1)) == 0 && (pointer >> nested.machine.processor_maxphyaddr) == 0;
}

/// The instruction's row by the pointer that is its operand. \return nothing if it was ended by a fault
template <class Instruction>
[[nodiscard]] bool evaluate_pointer(Processor& processor, Registers& registers, Instruction instruction,
                                    InstructionResult& result) {
    Nested& nested = *processor.nested;
    InstructionState& machine = nested.machine;
    read_before(processor);
    machine.operand_address = 0;
    machine.operand_word = 0;
    result = instruction(machine);
    if (faults(result) || result.row == InstructionRow::vmxon_root) {
        return true;
    }
    if (const auto fault = Operands{processor, registers}.load(&machine.operand_address, sizeof(std::uint64_t))) {
        inject(*fault);
        return false;
    }
    machine.operand_launched = false;
    if (is_reachable(nested, machine.operand_address)) {
        const auto head = read_guest<Vmcs12Head>(machine.operand_address);
        machine.operand_word = head.revision;
        machine.operand_launched = head.launched_since != 0;
        machine.operand_stale = machine.operand_launched && head.launched_since != nested.vmxons;
    }
    result = instruction(machine);
    return true;
}

void load_vmcs12(Nested& nested, std::uint64_t pointer) {
    InstructionState& machine = nested.machine;
    read_guest(pointer, &nested.vmcs12, sizeof nested.vmcs12);
    machine.before_current_vmcs = pointer;
    machine.before_launched = nested.vmcs12.head.launched_since != 0;
    machine.machine_current_stale = machine.before_launched && nested.vmcs12.head.launched_since != nested.vmxons;
}

}  // namespace

void read_before(Processor& processor) {
    constexpr std::uint64_t hidden = cr4::vmxe | cr4::smxe, access_rights_cs_l = 1U << 13, blocking_by_mov_ss = 2;
    InstructionState& machine = processor.nested->machine;
    const std::uint64_t mask = processor.cr0_mask;
    machine.before_cr0 = (read(Field::guest_cr0) & ~mask) | (read(Field::cr0_read_shadow) & mask);
    machine.before_cr4 = (read(Field::guest_cr4) & ~hidden) | (read(Field::cr4_read_shadow) & hidden);
    machine.before_efer = read(Field::guest_ia32_efer);
    machine.before_rflags = read(Field::guest_rflags);
    machine.before_cpl = read(nth(Field::guest_es_access_rights, 2)) >> 5 & 3;  // SS's DPL
    machine.before_cs_l = (read(Field::guest_cs_access_rights) & access_rights_cs_l) != 0;
    machine.before_blocking_by_mov_ss = (read(Field::guest_interruptibility_state) & blocking_by_mov_ss) != 0;
}

void finish(Processor& processor, const InstructionResult& result) {
    Nested& nested = *processor.nested;
    switch (result.ending) {
        case Ending::invalid_opcode: return inject_fault(Exception::invalid_opcode);
        case Ending::general_protection: return inject_fault(Exception::general_protection);
        case Ending::vmfail_valid: nested.vmcs12[Field::vm_instruction_error] = result.number; break;
        default: break;
    }
    write(Field::guest_rflags, result.next.before_rflags);
    complete_instruction();
}

void flush_vmcs12(Nested& nested) {
    if (nested.has_vmcs()) {
        // Not the revision identifier, which is L1's (SDM 27.2).
        constexpr std::size_t revision = sizeof nested.vmcs12.head.revision;
        write_guest(nested.machine.before_current_vmcs + revision,
                    reinterpret_cast<const std::byte*>(&nested.vmcs12) + revision, sizeof nested.vmcs12 - revision);
    }
}

void pass_on_nmi(Nested& nested) {
    if (nested.nmi_pending) {
        request_nmi_window();
    }
}

void handle_vmxon(Processor& processor, Registers& registers) {
    InstructionResult result;
    if (!evaluate_pointer(processor, registers, generated::vmxon, result)) {
        return;
    }
    if (result.row == InstructionRow::vmxon_enter) {
        Nested& nested = *processor.nested;
        nested.machine = result.next;
        ++nested.vmxons;
        fix_control_registers(processor, true);
    }
    finish(processor, result);
}

void handle_vmxoff(Processor& processor, Registers& /*registers*/) {
    read_before(processor);
    Nested& nested = *processor.nested;
    const InstructionResult result = generated::vmxoff(nested.machine);
    if (result.row == InstructionRow::vmxoff_leave) {
        flush_vmcs12(nested);
        nested.machine = result.next;
        nested.machine.before_current_vmcs = no_vmcs;
        fix_control_registers(processor, false);
    }
    finish(processor, result);
}

void handle_vmclear(Processor& processor, Registers& registers) {
    InstructionResult result;
    if (!evaluate_pointer(processor, registers, generated::vmclear, result)) {
        return;
    }
    if (result.row == InstructionRow::vmclear_clear) {
        Nested& nested = *processor.nested;
        const std::uint64_t pointer = nested.machine.operand_address;
        if (pointer == nested.machine.before_current_vmcs) {
            flush_vmcs12(nested);
            nested.machine.before_current_vmcs = no_vmcs;
        }
        write_guest(pointer + offsetof(Vmcs12Head, launched_since), std::uint64_t{0});
    }
    finish(processor, result);
}

void handle_vmptrld(Processor& processor, Registers& registers) {
    InstructionResult result;
    if (!evaluate_pointer(processor, registers, generated::vmptrld, result)) {
        return;
    }
    Nested& nested = *processor.nested;
    if (result.row == InstructionRow::vmptrld_load &&
        nested.machine.operand_address != nested.machine.before_current_vmcs) {
        flush_vmcs12(nested);
        load_vmcs12(nested, nested.machine.operand_address);
    }
    finish(processor, result);
}

void handle_vmptrst(Processor& processor, Registers& registers) {
    read_before(processor);
    const InstructionState& machine = processor.nested->machine;
    const InstructionResult result = generated::vmptrst(machine);
    if (result.row == InstructionRow::vmptrst_store) {
        const std::uint64_t pointer = machine.before_current_vmcs;
        if (const auto fault = Operands{processor, registers}.store(&pointer, sizeof pointer)) {
            return inject(*fault);
        }
    }
    finish(processor, result);
}

void handle_vmcall(Processor& processor, Registers& /*registers*/) {
    read_before(processor);
    finish(processor, generated::vmcall(processor.nested->machine));
}

namespace {

/// The row of INVEPT or INVVPID. \return whether there was no fault of the operand
template <class Instruction>
[[nodiscard]] bool evaluate_descriptor(Processor& processor, Registers& registers, Instruction instruction,
                                       InstructionResult& result) {
    InstructionState& machine = processor.nested->machine;
    const Operands operands{processor, registers};
    read_before(processor);
    machine.operand_type = operands.second();
    machine.operand_descriptor_low = 0;
    machine.operand_descriptor_high = 0;
    result = instruction(machine);
    if (faults(result)) {
        return true;
    }
    std::array<std::uint64_t, 2> descriptor{};
    if (const auto fault = operands.load(descriptor.data(), sizeof descriptor)) {
        inject(*fault);
        return false;
    }
    machine.operand_descriptor_low = descriptor[0];
    machine.operand_descriptor_high = descriptor[1];
    result = instruction(machine);
    return true;
}

}  // namespace

void handle_invept(Processor& processor, Registers& registers) {
    InstructionResult result;
    if (!evaluate_descriptor(processor, registers, generated::invept, result)) {
        return;
    }
    if (result.row == InstructionRow::invept_invalidate) {
        const InstructionState& machine = processor.nested->machine;
        const auto each = [&](std::uint64_t pointer) { invalidate_ept(processor, pointer); };
        if (machine.operand_type == static_cast<std::uint64_t>(runtime::InveptType::single_context)) {
            processor.nested->ept02.forget(machine.operand_descriptor_low, each);
        } else {
            processor.nested->ept02.forget_all(each);
        }
    }
    finish(processor, result);
}

void handle_invvpid(Processor& processor, Registers& registers) {
    InstructionResult result;
    if (!evaluate_descriptor(processor, registers, generated::invvpid, result)) {
        return;
    }
    if (result.row == InstructionRow::invvpid_invalidate) {
        // All VPIDs of L1's are one: more is forgotten than L1 asks for, which the manual allows (SDM 31.4.3.3).
        forget_vpid(processor, l2_vpid);
    }
    finish(processor, result);
}

}  // namespace vmxspec::hv
