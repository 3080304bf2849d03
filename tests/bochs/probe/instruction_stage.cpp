#include "tests/bochs/probe/instruction_stage.hpp"

#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/cpuid.hpp"
#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "tests/bochs/probe/memory.hpp"
#include "tests/bochs/probe/user_pages.hpp"

namespace vmxspec::probe {

namespace {

using runtime::PhysicalAddress;
using runtime::raw;
namespace selector = runtime::selector;

constexpr std::uint64_t cf = 1, zf = 1U << 6, resume_flag = 1U << 16;
constexpr std::uint32_t shadow_indicator = 1U << 31;
constexpr std::uint64_t cr0_ne = 1U << 5;
constexpr std::uint64_t no_pointer = ~std::uint64_t{0};
constexpr unsigned invalid_opcode = 6;

constexpr Field exit_interruption_information{0x4404}, exit_interruption_error_code{0x4406};
constexpr std::uint64_t error_code_valid = 1U << 11;
constexpr std::uint32_t vmlaunch_not_clear = 4;  // VM-instruction error

constexpr unsigned most_listed = 512;
constexpr std::uint64_t memory_type_7 = 7;

[[nodiscard]] unsigned physical_width() {
    constexpr std::uint32_t address_sizes = 0x8000'0008;
    return runtime::cpuid_has(address_sizes) ? runtime::cpuid(address_sizes).eax & 0xff : 36;
}

[[nodiscard]] std::uint32_t head_of(Head head) {
    switch (head) {
        case Head::wrong_revision: return runtime::vmcs_revision() ^ 1U;
        case Head::shadow: return runtime::vmcs_revision() | shadow_indicator;
        case Head::revision: break;
    }
    return runtime::vmcs_revision();
}

}  // namespace

InstructionStage::InstructionStage(runtime::PageAllocator& pages, const Experiment& experiment)
    : experiment_{experiment},
      modes_{pages},
      vmxon_region_{zeroed_page(pages)},
      vmcs_{zeroed_page(pages)},
      region_{zeroed_page(pages)},
      linked_{zeroed_page(pages)},
      operand_{zeroed_page(pages)},
      stack_{zeroed_page(pages)},
      area_{zeroed_page(pages)},
      list_{zeroed_page(pages)},
      read_bitmap_{zeroed_page(pages)},
      write_bitmap_{zeroed_page(pages)} {
    for (unsigned n = 0; n < most_listed; ++n) {
        runtime::at<std::uint64_t>(list_)[n] = n == 2 ? modes_.eptp() | memory_type_7 : modes_.eptp();
    }
}

bool InstructionStage::succeeds(const Ending& ending) const {
    return ending.kind == Ending::Kind::completed && (ending.number & (cf | zf)) == 0;
}

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
        case Pointer::beyond_width: return std::uint64_t{1} << physical_width();
        case Pointer::region: break;
    }
    return raw(row.instruction == Instruction::vmxon && row.place == Place::outside ? vmxon_region_ : region_);
}

void InstructionStage::leave() {
    if (const auto pointer = current()) {
        for (const PhysicalAddress region : {vmcs_, region_, linked_, PhysicalAddress{*pointer}}) {
            if (raw(region) != no_pointer) {
                execute(Instruction::vmclear, region);
            }
        }
        execute(Instruction::vmxoff);
    }
    runtime::write_cr4(runtime::read_cr4() | runtime::cr4_vmxe);
    runtime::write_cr0(runtime::read_cr0() | cr0_ne);
}

bool InstructionStage::enter() {
    *runtime::at<std::uint32_t>(vmxon_region_) = runtime::vmcs_revision();
    return succeeds(execute(Instruction::vmxon, vmxon_region_));
}

bool InstructionStage::make_current(PhysicalAddress region, std::uint32_t head) {
    if (!succeeds(execute(Instruction::vmclear, region))) {
        return false;
    }
    clear_page(region);
    *runtime::at<std::uint32_t>(region) = head;
    return succeeds(execute(Instruction::vmclear, region)) && succeeds(execute(Instruction::vmptrld, region));
}

bool InstructionStage::launch() { return execute(Instruction::vmlaunch).kind == Ending::Kind::exit; }

void InstructionStage::describe(const InstructionRow& row) {
    const std::span<const Change> changes = row.changes;
    const std::span<const MsrEntry> entries = row.entry_msr_load;
    __builtin_memcpy(runtime::at<void>(area_), entries.data(), entries.size_bytes());
    image_ = experiment_.describe({"", changes, entries});
    image_.set(Field::entry_msr_load_address, raw(area_));
    image_.set(Field::host_rsp, runtime::excursion_host_rsp());
    image_.set(Field::host_rip, runtime::excursion_host_rip());
}

std::optional<std::string_view> InstructionStage::prepare_current(const InstructionRow& row) {
    const std::uint32_t revision = runtime::vmcs_revision();
    // A clear or launched VMCS is made with a good state; what the row changes is written when it has been launched.
    describe({.id = "", .instruction = row.instruction});
    if (row.operand_launched && !(make_current(region_, revision) && !image_.write() && launch())) {
        return "launch";
    }
    if (row.current == Current::shadow) {
        if (!GuestModes::supports(secondary::vmcs_shadowing)) {
            return "vmcs-shadowing";
        }
        return make_current(vmcs_, revision | shadow_indicator) ? std::nullopt : std::optional{"vmptrld"};
    }
    if (!make_current(vmcs_, revision) || image_.write()) {
        return "vmptrld";
    }
    if (row.current == Current::none) {
        return succeeds(execute(Instruction::vmclear, vmcs_)) ? std::nullopt : std::optional{"vmclear"};
    }
    const bool is_launched = row.current == Current::launched || row.current == Current::stale;
    if (is_launched && !launch()) {
        return "launch";
    }
    if (row.current == Current::stale) {
        execute(Instruction::vmxoff);
        if (!enter() || !succeeds(execute(Instruction::vmptrld, vmcs_))) {
            return "vmptrld";
        }
    }
    describe(row);
    return image_.write() ? std::optional{"vmwrite"} : std::nullopt;
}

std::optional<std::string_view> InstructionStage::prepare(const InstructionRow& row) {
    leave();
    clear_page(region_);
    *runtime::at<std::uint32_t>(region_) = head_of(row.head);
    *runtime::at<std::uint32_t>(vmxon_region_) = head_of(row.head);
    if (row.place == Place::outside) {
        if (row.lack == Lack::vmxe) {
            runtime::write_cr4(runtime::read_cr4() & ~runtime::cr4_vmxe);
        }
        if (row.lack == Lack::numeric_error) {
            runtime::write_cr0(runtime::read_cr0() & ~cr0_ne);
        }
        return std::nullopt;
    }
    if (!enter()) {
        return "vmxon";
    }
    if (row.place == Place::guest) {
        return prepare_guest(row);
    }
    if (const auto missing = prepare_current(row)) {
        return missing;
    }
    *runtime::at<std::uint32_t>(region_) = head_of(row.head);
    return std::nullopt;
}

bool InstructionStage::equip(const InstructionRow& row, std::uint64_t& secondary) {
    constexpr Field eptp_list{0x2024}, vm_function_controls{0x2018};
    switch (row.equipment) {
        case Equipment::nothing: return true;
        case Equipment::functions:
            secondary |= secondary::enable_vm_functions;
            image_.set(vm_function_controls, 0);
            return true;
        case Equipment::eptp_switching:
            secondary |= secondary::enable_vm_functions | secondary::enable_ept;
            image_.set(vm_function_controls, 1);
            image_.set(eptp_list, raw(list_));
            return true;
        case Equipment::shadowing:
        case Equipment::shadowing_bitmap:
        case Equipment::shadowing_unlinked: break;
    }
    secondary |= secondary::vmcs_shadowing;
    image_.set(Field::vmread_bitmap, raw(read_bitmap_));
    image_.set(Field::vmwrite_bitmap, raw(write_bitmap_));
    clear_page(read_bitmap_);
    clear_page(write_bitmap_);
    if (row.equipment == Equipment::shadowing_bitmap) {
        for (const PhysicalAddress bitmap : {read_bitmap_, write_bitmap_}) {
            runtime::at<std::uint8_t>(bitmap)[row.rax / 8] = static_cast<std::uint8_t>(1U << row.rax % 8);
        }
    }
    if (row.equipment == Equipment::shadowing_unlinked) {
        return true;
    }
    image_.set(Field::vmcs_link_pointer, raw(linked_));
    return GuestModes::supports(secondary) && make_current(linked_, runtime::vmcs_revision() | shadow_indicator) &&
           succeeds(execute(Instruction::vmwrite, encoding(Field::guest_rip), 0x8765'4321)) &&
           succeeds(execute(Instruction::vmclear, linked_));
}

std::optional<std::string_view> InstructionStage::prepare_guest(const InstructionRow& row) {
    describe(row);
    std::uint64_t secondary = GuestModes::needs(row.mode);
    const bool equipped = equip(row, secondary);
    if (!GuestModes::supports(secondary)) {
        return "secondary-controls";
    }
    if (!equipped) {
        return "equipment";
    }
    guest_ = modes_.describe(image_, row.mode, row.cpl, code_of(row.instruction, row.behind_mov_ss).begin, secondary);
    guest_.rflags |= rflags_before;
    image_.set(Field::guest_rflags, guest_.rflags);
    return make_current(vmcs_, runtime::vmcs_revision()) && !image_.write() ? std::nullopt : std::optional{"vmwrite"};
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
