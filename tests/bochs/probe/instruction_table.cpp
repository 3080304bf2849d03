#include "tests/bochs/probe/instruction_table.hpp"

#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/msr.hpp"
#include "tests/bochs/probe/facts.hpp"
#include "tests/bochs/probe/instruction_facts.hpp"

namespace vmxspec::probe {

namespace {

using runtime::Hex;
using runtime::print;

constexpr std::uint32_t ia32_smm_monitor_ctl = 0x9b;

class InstructionTable {
public:
    InstructionTable(runtime::PageAllocator& pages, const Experiment& experiment, Trace& trace, Account& account)
        : stage_{pages, experiment}, experiment_{experiment}, trace_{trace}, account_{account} {}

    void run() {
        circumstances();
        for (unsigned n = 0; n < instruction_count; ++n) {
            for (InstructionRow row : situations()) {
                row.instruction = static_cast<Instruction>(n);
                if (row.instruction == Instruction::vm_exit && row.place != Place::guest) {
                    continue;
                }
                if (row.instruction == Instruction::vmread || row.instruction == Instruction::vmwrite) {
                    row.rax = encoding(Field::guest_es_selector);  // not 0: VPID, which not every VMCS has
                }
                run(row);
            }
        }
        for (const InstructionRow& row : instruction_rows()) {
            run(row);
        }
        print(trace_, "instructions ", Hex{tried_}, "\n");
        account_.close_instructions();
    }

private:
    /// What holds of all rows: firmware that is in SMM or SMX does not start a kernel, GRUB lets A20 through, and with
    /// a register operand the bytes are another instruction's (RDRAND, RDSEED).
    void circumstances() {
        Facts facts{trace_, "circumstances"};
        facts.add("before.in_smm", 0);
        facts.add("before.in_seam", 0);
        facts.add("machine.in_smx", 0);
        facts.add("machine.a20m", 0);
        facts.add("machine.dual_monitor_active", 0);
        facts.add("operand.is_register", 0);
        if (const auto control = runtime::read_msr(ia32_smm_monitor_ctl)) {
            facts.add("machine.smm_monitor_ctl", *control);
            monitor_ = (*control & 1) != 0;
        }
    }

    void run(const InstructionRow& row) {
        ++tried_;
        print(trace_, "instruction ", name(row.instruction), "/", row.id, " ", name(row.instruction), "\n");
        // A VMCALL would start the firmware's SMM-transfer monitor.
        if (monitor_ && row.instruction == Instruction::vmcall && row.place == Place::root) {
            return end(row, "smm-transfer-monitor");
        }
        if (const auto missing = stage_.prepare(row)) {
            return end(row, *missing);
        }
        const auto pointer = give_before(trace_, stage_, experiment_, row);
        const Ending ending = stage_.execute(row);
        const std::uint64_t stored = stage_.stored();
        constexpr std::uint64_t entry_failure = 1U << 31;
        const bool in_guest = ending.kind == Ending::Kind::exception || (ending.number & entry_failure) == 0;
        if (row.place == Place::guest && (ending.kind == Ending::Kind::completed || !in_guest) &&
            stage_.field(encoding(Field::guest_rip)) == stage_.image().value(Field::guest_rip)) {
            return end(row, "vm-entry");
        }
        give_after(trace_, stage_, row, ending, stored, pointer);
        print(trace_, "ended ", name(row.instruction), "/", row.id);
        switch (ending.kind) {
            case Ending::Kind::completed:
                print(trace_, " flags ", Hex{ending.number}, "\n");
                account_.instruction(InstructionEnd::completed);
                break;
            case Ending::Kind::exception:
                print(trace_, " exception ", Hex{ending.number}, " ", Hex{ending.detail}, "\n");
                account_.instruction(InstructionEnd::exception);
                break;
            case Ending::Kind::exit:
                print(trace_, " exit ", Hex{ending.number}, " ", Hex{ending.detail}, "\n");
                account_.instruction(InstructionEnd::vm_exit);
                break;
        }
    }

    void end(const InstructionRow& row, std::string_view reason) {
        print(trace_, "ended ", name(row.instruction), "/", row.id, " untried ", reason, "\n");
        account_.instruction(InstructionEnd::not_tried);
    }

    InstructionStage stage_;
    const Experiment& experiment_;
    Trace& trace_;
    Account& account_;
    std::uint64_t tried_ = 0;
    bool monitor_ = false;
};

}  // namespace

void run_instructions(runtime::PageAllocator& pages, const Experiment& experiment, Trace& trace, Account& account) {
    InstructionTable{pages, experiment, trace, account}.run();
}

}  // namespace vmxspec::probe
