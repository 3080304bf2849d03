#include "tests/bochs/probe/instruction_facts.hpp"

#include <array>

#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/vmx_operation.hpp"

namespace vmxspec::probe {

namespace {

constexpr std::uint64_t no_pointer = ~std::uint64_t{0};
constexpr std::uint64_t high = 1;  // access type, of a VMCS-field encoding
constexpr std::uint64_t eptp_index = 0x0004;

struct GuestField {
    std::string_view leaf;
    Field field;
};
/// Fields that the conditions of instructions in a guest read.
constexpr std::array guest_fields{
    GuestField{"control.proc", Field::processor_based_controls},
    GuestField{"control.proc2", secondary_controls},
    GuestField{"control.vm_function", Field{0x2018}},
    GuestField{"control.eptp", Field::eptp},
    GuestField{"guest.link_pointer", Field::vmcs_link_pointer},
};

[[nodiscard]] bool is_entry(Instruction instruction) {
    return instruction == Instruction::vmlaunch || instruction == Instruction::vmresume;
}

[[nodiscard]] bool accesses_field(Instruction instruction) {
    return instruction == Instruction::vmread || instruction == Instruction::vmwrite;
}

void processor(Facts& facts, const InstructionStage& stage, const InstructionRow& row) {
    if (row.place == Place::guest) {
        const GuestProcessor& guest = stage.guest();
        facts.add("before.cr0", guest.cr0);
        facts.add("before.cr4", guest.cr4);
        facts.add("before.efer", guest.efer);
        facts.add("before.rflags", guest.rflags);
        facts.add("before.cs_l", guest.cs_l ? 1 : 0);
    } else {
        facts.add("before.cr0", runtime::read_cr0());
        facts.add("before.cr4", runtime::read_cr4());
        facts.add("before.efer", runtime::read_msr(runtime::msr::ia32_efer).value_or(0));
        facts.add("before.rflags", rflags_before);
        facts.add("before.cs_l", row.mode == Mode::bits64 ? 1 : 0);
    }
    facts.add("before.cpl", row.cpl);
    facts.add("before.non_root", row.place == Place::guest ? 1 : 0);
    facts.add("before.blocking_by_mov_ss", row.behind_mov_ss ? 1 : 0);
}

void operands(Facts& facts, InstructionStage& stage, const InstructionRow& row) {
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

/// What the generated checks say of the VM entry, by the sections to which rules belong. Rules of 29.2.4 may be
/// reported as either of the two errors, and entries of the MSR-load area are not come to where something else is
/// broken.
void checks(Facts& facts, const Experiment& experiment) {
    bool controls = true;
    bool host = true;
    bool guest = true;
    bool size = true;
    bool area = true;
    experiment.predict().each_broken([&](std::string_view rule, std::string_view /*section*/) {
        controls = controls && !rule.starts_with("ctl.");
        host = host && !rule.starts_with("host.");
        size = size && !rule.starts_with("size.");
        guest = guest && !rule.starts_with("guest.");
        area = area && !rule.starts_with("msr-load.");
    });
    if (size) {
        facts.add("checks.controls", controls ? 1 : 0);
        facts.add("checks.host_state", host ? 1 : 0);
    }
    facts.add("checks.guest_state", guest ? 1 : 0);
    if (controls && host && size && guest) {
        facts.add("checks.msr_load", area ? 1 : 0);
    }
}

/// The whole field that the instruction accesses, of the current VMCS or of the one that the link pointer names.
[[nodiscard]] std::optional<std::uint64_t> accessed_field(InstructionStage& stage, const InstructionRow& row) {
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

std::optional<std::uint64_t> give_before(Trace& trace, InstructionStage& stage, const Experiment& experiment,
                                         const InstructionRow& row) {
    const auto pointer = row.place == Place::outside ? std::nullopt : stage.current();
    Facts facts{trace, "given"};
    facts.add("before.in_vmx_operation", row.place == Place::outside ? 0 : 1);
    processor(facts, stage, row);
    operands(facts, stage, row);
    if (!pointer) {
        return pointer;
    }
    facts.add("before.current_vmcs", *pointer);
    facts.add("before.launched",
              row.place == Place::guest || row.current == Current::launched || row.current == Current::stale ? 1 : 0);
    facts.add("before.current_is_shadow", row.current == Current::shadow ? 1 : 0);
    facts.add("machine.current_stale", row.current == Current::stale ? 1 : 0);
    facts.add("machine.vmxon_pointer", stage.vmxon_pointer());
    if (accesses_field(row.instruction)) {
        if (const auto value = accessed_field(stage, row)) {
            facts.add("operand.field", *value);
        }
    }
    if (is_entry(row.instruction) && row.place == Place::root && *pointer != no_pointer) {
        checks(facts, experiment);
    }
    if (row.equipment == Equipment::eptp_switching) {
        facts.add("control.eptp_index", stage.field(eptp_index).value_or(0));
    }
    // Last, for reading a field that does not exist writes it.
    if (const auto error = stage.field(runtime::vm_instruction_error_field)) {
        facts.add("information.instruction_error", *error);
    }
    if (row.place == Place::guest) {
        for (const GuestField& one : guest_fields) {
            if (stage.image().has(one.field)) {
                facts.add(one.leaf, stage.image().value(one.field));
            }
        }
    }
    return pointer;
}

void give_after(Trace& trace, InstructionStage& stage, const InstructionRow& row, const Ending& ending,
                std::uint64_t stored, std::optional<std::uint64_t> pointer) {
    Facts facts{trace, "left"};
    const auto current = stage.current();
    facts.add("before.in_vmx_operation", current ? 1 : 0);
    if (row.instruction == Instruction::vmptrst && row.place != Place::guest) {
        facts.add("operand.value", stored);
    }
    if (row.instruction == Instruction::vmread && ending.kind == Ending::Kind::completed) {
        facts.add("operand.value", ending.rcx);
    }
    if (!current) {
        return;
    }
    facts.add("before.current_vmcs", *current);
    const bool completed = ending.kind == Ending::Kind::completed;
    if (current == pointer && completed) {
        if (const auto error = stage.field(runtime::vm_instruction_error_field)) {
            facts.add("information.instruction_error", *error);
        }
    }
    if (row.instruction == Instruction::vmwrite) {
        if (const auto value = accessed_field(stage, row)) {
            facts.add("operand.field", *value);
        }
    }
    if (row.instruction == Instruction::vmfunc && row.equipment == Equipment::eptp_switching) {
        facts.add("control.eptp", stage.field(encoding(Field::eptp)).value_or(0));
        if (const auto index = stage.field(eptp_index)) {
            facts.add("control.eptp_index", *index);
        }
    }
    if (row.place == Place::guest || ending.kind == Ending::Kind::exception) {
        return;
    }
    // The launch state shows in what VMLAUNCH says: of the operand after VMCLEAR, else of the current VMCS.
    if (row.instruction == Instruction::vmclear && succeeds(ending)) {
        const auto operand = runtime::PhysicalAddress{stage.address(row)};
        *runtime::at<std::uint32_t>(operand) = runtime::vmcs_revision();
        static_cast<void>(stage.execute(Instruction::vmptrld, operand));
        if (const auto launched = stage.launched()) {
            facts.add("operand.launched", *launched ? 1 : 0);
        }
    } else if (is_entry(row.instruction) || row.instruction == Instruction::vmptrld) {
        if (const auto launched = stage.launched()) {
            facts.add("before.launched", *launched ? 1 : 0);
        }
    }
}

}  // namespace vmxspec::probe
