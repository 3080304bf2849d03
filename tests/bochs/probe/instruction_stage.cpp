#include "tests/bochs/probe/instruction_stage.hpp"

#include "runtime/cpu/cpuid.hpp"
#include "runtime/cpu/descriptor_tables.hpp"
#include "tests/bochs/probe/user_pages.hpp"

namespace vmxspec::probe {

namespace {

using runtime::PhysicalAddress;
using runtime::raw;
namespace selector = runtime::selector;

constexpr std::uint64_t zf = 1U << 6, resume_flag = 1U << 16;
constexpr unsigned invalid_opcode = 6;

constexpr Field exit_interruption_information{0x4404}, exit_interruption_error_code{0x4406};
constexpr std::uint64_t error_code_valid = 1U << 11;
constexpr std::uint32_t vmlaunch_not_clear = 4;  // VM-instruction error

}  // namespace

Ending InstructionStage::end_of_exit(const InstructionRow* guest, const runtime::Excursion& excursion) {
    constexpr std::uint64_t exception_or_nmi = 0;
    const std::uint64_t reason = field(encoding(Field::exit_reason)).value_or(0);
    if (guest == nullptr || reason != exception_or_nmi) {
        return {Ending::Kind::exit, reason, field(encoding(Field::exit_qualification)).value_or(0), excursion.rcx};
    }
    const std::uint64_t information = field(encoding(exit_interruption_information)).value_or(0);
    const std::uint64_t vector = information & 0xff;
    const std::uint64_t end = code_of(guest->instruction, guest->behind_mov_ss).end;
    if (vector == invalid_opcode && field(encoding(Field::guest_rip)) == GuestModes::rip(guest->mode, end)) {
        return {Ending::Kind::completed, field(encoding(Field::guest_rflags)).value_or(0) & ~resume_flag, 0,
                excursion.rcx};
    }
    const bool has_code = (information & error_code_valid) != 0;
    const std::uint64_t code = has_code ? field(encoding(exit_interruption_error_code)).value_or(0) : 0;
    return {Ending::Kind::exception, vector, code, excursion.rcx};
}

Ending InstructionStage::run(const InstructionCode& code, runtime::Excursion& excursion) {
    excursion.rip = code.begin;
    excursion.rsp = raw(stack_) + runtime::page_size - 16;
    runtime::run(excursion);
    if (excursion.end == runtime::ExcursionEnd::vm_exit) {
        return end_of_exit(nullptr, excursion);
    }
    if (excursion.vector == invalid_opcode && excursion.end_rip == code.end) {
        // The exception itself sets RF in what it saves.
        return {Ending::Kind::completed, excursion.end_rflags & ~resume_flag, 0, excursion.rcx};
    }
    return {Ending::Kind::exception, excursion.vector, excursion.error_code, excursion.rcx};
}

Ending InstructionStage::execute(Instruction instruction, std::uint64_t rax, std::uint64_t rcx) {
    runtime::Excursion excursion{};
    excursion.cs = selector::code;
    excursion.ss = excursion.data_segment = excursion.rdx = selector::data;
    excursion.rflags = rflags_before;
    excursion.rax = rax;
    excursion.rcx = rcx;
    excursion.rdi = raw(operand_);
    return run(code_of(instruction, false), excursion);
}

Ending InstructionStage::execute(Instruction instruction, PhysicalAddress address) {
    operand()[0] = raw(address);
    return execute(instruction);
}

std::optional<std::uint64_t> InstructionStage::field(std::uint64_t encoding) {
    const Ending read = execute(Instruction::vmread, encoding);
    return succeeds(read) ? std::optional{read.rcx} : std::nullopt;
}

std::optional<std::uint64_t> InstructionStage::current() {
    return succeeds(execute(Instruction::vmptrst)) ? std::optional{stored()} : std::nullopt;
}

std::optional<bool> InstructionStage::launched() {
    const Ending ending = execute(Instruction::vmlaunch);
    if (ending.kind == Ending::Kind::exit) {
        return false;
    }
    if (ending.kind == Ending::Kind::exception || (ending.number & zf) == 0) {
        return std::nullopt;
    }
    return field(runtime::vm_instruction_error_field) == vmlaunch_not_clear;
}

std::uint64_t InstructionStage::address(const InstructionRow& row) const {
    switch (row.pointer) {
        case Pointer::current: return raw(vmcs_);
        case Pointer::vmxon_region: return raw(vmxon_region_);
        case Pointer::unaligned: return raw(region_) + 16;
        case Pointer::beyond_width: return std::uint64_t{1} << runtime::physical_address_width();
        case Pointer::region: break;
    }
    return raw(row.instruction == Instruction::vmxon && row.place == Place::outside ? vmxon_region_ : region_);
}

Ending InstructionStage::execute(const InstructionRow& row) {
    const bool is_guest = row.place == Place::guest;
    operand()[0] = row.descriptor[0];
    operand()[1] = row.descriptor[1];
    if (row.instruction == Instruction::vmxon || row.instruction == Instruction::vmclear ||
        row.instruction == Instruction::vmptrld) {
        operand()[0] = address(row);
    }
    runtime::Excursion excursion{};
    excursion.rflags = rflags_before;
    excursion.rax = row.rax;
    excursion.rcx = row.rcx;
    excursion.rdx = selector::data;
    excursion.rdi = raw(operand_);
    excursion.cs = selector::code;
    excursion.ss = excursion.data_segment = selector::data;
    if (!is_guest && row.mode == Mode::compatibility) {
        excursion.cs = selector::code32;
        excursion.ss = excursion.data_segment = selector::data32;
    }
    const bool user = !is_guest && row.cpl == 3;
    if (user) {
        excursion.cs = selector::user_code;
        excursion.ss = excursion.data_segment = selector::user_data;
        set_user_pages(true);
    }
    const InstructionCode code =
        is_guest ? code_of(Instruction::vmlaunch, false) : code_of(row.instruction, row.behind_mov_ss);
    Ending ending = run(code, excursion);
    if (user) {
        set_user_pages(false);
    }
    constexpr std::uint64_t entry_failure = 1U << 31;
    if (is_guest && ending.kind == Ending::Kind::exit && (ending.number & entry_failure) == 0) {
        ending = end_of_exit(&row, excursion);
    }
    return ending;
}

}  // namespace vmxspec::probe
