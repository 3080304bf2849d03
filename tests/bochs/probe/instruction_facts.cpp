#include "tests/bochs/probe/instruction_facts.hpp"

#include <array>

#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "tests/bochs/probe/operand_facts.hpp"

namespace vmxspec::probe {

namespace {

constexpr std::uint64_t no_pointer = ~std::uint64_t{0};
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

}  // namespace

std::optional<std::uint64_t> give_before(Trace& trace, InstructionStage& stage, const Experiment& experiment,
                                         const InstructionRow& row) {
    const auto pointer = row.place == Place::outside ? std::nullopt : stage.current();
    Facts facts{trace, "given"};
    facts.add("before.in_vmx_operation", row.place == Place::outside ? 0 : 1);
    processor(facts, stage, row);
    operands_before(facts, stage, row);
    if (!pointer) {
        return pointer;
    }
    facts.add("before.current_vmcs", *pointer);
    facts.add("before.launched",
              row.place == Place::guest || row.current == Current::launched || row.current == Current::stale ? 1 : 0);
    facts.add("before.current_is_shadow", row.current == Current::shadow ? 1 : 0);
    facts.add("machine.current_stale", row.current == Current::stale ? 1 : 0);
    facts.add("machine.vmxon_pointer", stage.vmxon_pointer());
    if (row.instruction == Instruction::vmread || row.instruction == Instruction::vmwrite) {
        accessed_field(facts, stage, row);
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
    operands_after(facts, row, ending, stored);
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
        accessed_field(facts, stage, row);
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
