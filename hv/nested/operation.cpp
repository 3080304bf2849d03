#include "hv/nested/operation.hpp"

#include "hv/l1/control_registers.hpp"
#include "hv/l1/exit.hpp"
#include "hv/l1/nmi.hpp"
#include "hv/l1/physical_memory.hpp"
#include "hv/l1/translation.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/nested/operand.hpp"
#include "hv/nested/shadow_vmcs.hpp"
#include "hv/nested/to_l1.hpp"
#include "hv/nested/translation.hpp"
#include "hv/nested/vmcs02.hpp"
#include "runtime/cpu/vmx.hpp"

namespace vmxspec::hv {

namespace {

[[nodiscard]] bool faults(const Nested& nested, InstructionRow row) {
    const Ending ending = ending_of(nested, row);
    return ending == Ending::invalid_opcode || ending == Ending::general_protection;
}

/// The state machine goes on to the state behind the row.
void take(Nested& nested, InstructionRow row) {
    nested.next = nested.machine;
    generated::apply(row, nested.machine, nested.next);
    nested.machine = nested.next;
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

/// The instruction's row by the pointer that is its operand. Nothing if it was ended by a fault of the operand.
template <class RowOf>
[[nodiscard]] std::optional<InstructionRow> row_by_pointer(Processor& processor, Registers& registers, RowOf row_of) {
    Nested& nested = *processor.nested;
    InstructionState& machine = nested.machine;
    read_before(processor);
    machine.operand_address = 0;
    machine.operand_word = 0;
    const InstructionRow row = row_of(machine);
    if (faults(nested, row) || row == InstructionRow::vmxon_root) {
        return row;  // without a look at the operand
    }
    if (const auto fault = Operands{processor, registers}.load(&machine.operand_address, sizeof(std::uint64_t))) {
        inject(*fault);
        return std::nullopt;
    }
    machine.operand_launched = false;
    machine.operand_stale = false;
    if (is_reachable(nested, machine.operand_address)) {
        const auto head = read_guest<Vmcs12Head>(machine.operand_address);
        machine.operand_word = head.revision;
        machine.operand_launched = head.launched_since != 0;
        machine.operand_stale = machine.operand_launched && head.launched_since != nested.vmxons;
    }
    return row_of(machine);
}

void load_vmcs12(Nested& nested, std::uint64_t pointer) {
    InstructionState& machine = nested.machine;
    auto& image = nested.image;
    read_guest(pointer, &nested.head, sizeof nested.head);
    read_guest(pointer + sizeof nested.head, image.data(), sizeof image);
    nested.fields.each([&](std::size_t offset, const FieldMap::Place& place) {
        at(nested.vmcs12, place) = image[offset / sizeof image[0]];
    });
    forget_all_rows(nested);
    machine.before_current_vmcs = pointer;
    machine.before_current_is_shadow = nested.head.revision >> 31 != 0;
    machine.before_launched = nested.head.launched_since != 0;
    machine.machine_current_stale = machine.before_launched && nested.head.launched_since != nested.vmxons;
}

}  // namespace

void read_before(Processor& processor) {
    constexpr std::uint64_t hidden = cr4::vmxe | cr4::smxe, blocking_by_mov_ss = 2;
    read_mode(*processor.nested);
    InstructionState& machine = processor.nested->machine;
    const std::uint64_t mask = processor.cr0_mask;
    machine.before_cr0 = (read(Field::guest_cr0) & ~mask) | (read(Field::cr0_read_shadow) & mask);
    machine.before_cr4 = (read(Field::guest_cr4) & ~hidden) | (read(Field::cr4_read_shadow) & hidden);
    machine.before_blocking_by_mov_ss = (read(Field::guest_interruptibility_state) & blocking_by_mov_ss) != 0;
}

Ending ending_of(const Nested& nested, InstructionRow row) {
    if (row == InstructionRow::none) {
        return Ending::invalid_opcode;
    }
    const Ending ending = generated::instruction_row_information[static_cast<std::size_t>(row)].ending;
    return ending != Ending::vmfail ? ending : nested.has_vmcs() ? Ending::vmfail_valid : Ending::vmfail_invalid;
}

void finish(Processor& processor, InstructionRow row) {
    Nested& nested = *processor.nested;
    switch (ending_of(nested, row)) {
        case Ending::invalid_opcode: return inject_fault(Exception::invalid_opcode);
        case Ending::general_protection: return inject_fault(Exception::general_protection);
        case Ending::vmfail_valid:
            nested.vmcs12.information_instruction_error =
                generated::instruction_row_information[static_cast<std::size_t>(row)].number;
            break;
        default: break;
    }
    generated::apply(row, nested.machine, nested.next);
    succeed(nested, nested.next.before_rflags);
}

void take_written_fields(Processor& processor) {
    Nested& nested = *processor.nested;
    if (nested.shadow.is_there && nested.has_vmcs()) {
        const VmcsSwitch guard{nested};
        collect_from_shadow(nested);
        make_current(processor.vmcs);
    }
}

void flush_vmcs12(Processor& processor) {
    Nested& nested = *processor.nested;
    if (!nested.has_vmcs()) {
        return;
    }
    take_written_fields(processor);
    const std::uint64_t pointer = nested.machine.before_current_vmcs;
    auto& image = nested.image;
    image = {};
    nested.fields.each([&](std::size_t offset, const FieldMap::Place& place) {
        image[offset / sizeof image[0]] = at(nested.vmcs12, place);
    });
    write_guest(pointer + offsetof(Vmcs12Head, launched_since), nested.head.launched_since);
    write_guest(pointer + sizeof nested.head, image.data(), sizeof image);
}

VmcsSwitch::~VmcsSwitch() {
    set(false);
    pass_on_nmi(*nested_);
}

void pass_on_nmi(Nested& nested) {
    if (__atomic_load_n(&nested.nmi_pending, __ATOMIC_SEQ_CST) && !(nested.in_l2 && nested.nmis_blocked)) {
        nested.stale.insert(generated::vmcs02::Row::control_proc);
        request_nmi_window();
    }
}

void handle_vmxon(Processor& processor, Registers& registers) {
    const auto row = row_by_pointer(processor, registers, generated::row_of_vmxon);
    if (!row) {
        return;
    }
    finish(processor, *row);
    if (*row == InstructionRow::vmxon_enter) {
        take(*processor.nested, *row);
        ++processor.nested->vmxons;
        fix_control_registers(processor, true);
    }
}

void handle_vmxoff(Processor& processor, Registers& registers) {
    Nested& nested = *processor.nested;
    read_before(processor);
    const InstructionRow row = generated::row_of_vmxoff(nested.machine);
    finish(processor, row);
    if (row == InstructionRow::vmxoff_leave) {
        flush_vmcs12(processor);
        take(nested, row);
        nested.machine.before_current_vmcs = no_vmcs;
        link_shadow(processor);
        fix_control_registers(processor, false);
        if (__atomic_load_n(&processor.ipis.init, __ATOMIC_SEQ_CST)) {
            handle_init(processor, registers);  // it has waited
        }
    }
}

void handle_vmclear(Processor& processor, Registers& registers) {
    const auto row = row_by_pointer(processor, registers, generated::row_of_vmclear);
    if (!row) {
        return;
    }
    Nested& nested = *processor.nested;
    finish(processor, *row);
    if (*row == InstructionRow::vmclear_clear) {
        const std::uint64_t pointer = nested.machine.operand_address;
        if (pointer == nested.machine.before_current_vmcs) {
            flush_vmcs12(processor);
            nested.machine.before_current_vmcs = no_vmcs;
            link_shadow(processor);
        }
        write_guest(pointer + offsetof(Vmcs12Head, launched_since), std::uint64_t{0});
    }
}

void handle_vmptrld(Processor& processor, Registers& registers) {
    const auto row = row_by_pointer(processor, registers, generated::row_of_vmptrld);
    if (!row) {
        return;
    }
    Nested& nested = *processor.nested;
    const std::uint64_t pointer = nested.machine.operand_address;
    if (*row == InstructionRow::vmptrld_load && pointer != nested.machine.before_current_vmcs) {
        flush_vmcs12(processor);
        load_vmcs12(nested, pointer);
        const VmcsSwitch guard{nested};
        publish_to_shadow(nested);
        make_current(processor.vmcs);
        link_shadow(processor);
    }
    finish(processor, *row);
}

void handle_vmptrst(Processor& processor, Registers& registers) {
    read_before(processor);
    const InstructionState& machine = processor.nested->machine;
    const InstructionRow row = generated::row_of_vmptrst(machine);
    if (row == InstructionRow::vmptrst_store) {
        const std::uint64_t pointer = machine.before_current_vmcs;
        if (const auto fault = Operands{processor, registers}.store(&pointer, sizeof pointer)) {
            return inject(*fault);
        }
    }
    finish(processor, row);
}

void handle_vmcall(Processor& processor, Registers& /*registers*/) {
    read_before(processor);
    finish(processor, generated::row_of_vmcall(processor.nested->machine));
}

namespace {

/// The row of INVEPT or INVVPID. Nothing if it was ended by a fault of the operand.
template <class RowOf>
[[nodiscard]] std::optional<InstructionRow> row_by_descriptor(Processor& processor, Registers& registers,
                                                              RowOf row_of) {
    Nested& nested = *processor.nested;
    InstructionState& machine = nested.machine;
    read_before(processor);
    const Operands operands{processor, registers};
    machine.operand_type = operands.second();
    machine.operand_descriptor_low = 0;
    machine.operand_descriptor_high = 0;
    if (const InstructionRow row = row_of(machine); faults(nested, row)) {
        return row;
    }
    std::array<std::uint64_t, 2> descriptor{};
    if (const auto fault = operands.load(descriptor.data(), sizeof descriptor)) {
        inject(*fault);
        return std::nullopt;
    }
    machine.operand_descriptor_low = descriptor[0];
    machine.operand_descriptor_high = descriptor[1];
    return row_of(machine);
}

}  // namespace

void handle_invept(Processor& processor, Registers& registers) {
    const auto row = row_by_descriptor(processor, registers, generated::row_of_invept);
    if (!row) {
        return;
    }
    if (*row == InstructionRow::invept_invalidate) {
        const InstructionState& machine = processor.nested->machine;
        const auto each = [&](std::uint64_t pointer) { invalidate_ept(processor, pointer); };
        if (machine.operand_type == static_cast<std::uint64_t>(runtime::InveptType::single_context)) {
            processor.nested->ept02.forget(machine.operand_descriptor_low, each);
        } else {
            processor.nested->ept02.forget_all(each);
        }
    }
    finish(processor, *row);
}

void handle_invvpid(Processor& processor, Registers& registers) {
    const auto row = row_by_descriptor(processor, registers, generated::row_of_invvpid);
    if (!row) {
        return;
    }
    if (*row == InstructionRow::invvpid_invalidate) {
        // All VPIDs of L1's are one: more is forgotten than L1 asks for, which the manual allows (SDM 31.4.3.3).
        forget_vpid(processor, l2_vpid);
    }
    finish(processor, *row);
}

}  // namespace vmxspec::hv
