#include "hv/l1/report.hpp"

#include <array>

#include "hv/check/live_state.hpp"
#include "hv/l1/entry_check.hpp"
#include "hv/l1/exit.hpp"
#include "hv/l1/log.hpp"
#include "hv/l1/machine.hpp"
#include "hv/l1/vmcs.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/halt.hpp"
#include "runtime/cpu/vmx.hpp"
#include "runtime/io/console.hpp"

namespace vmxspec::hv {

namespace {

using runtime::console;
using runtime::Decimal;
using runtime::Hex;
using runtime::print;

/// Names of basic exit reasons (SDM appendix C), those that may come as far as here.
struct ReasonName {
    std::uint32_t reason;
    std::string_view name;
};
constexpr auto reason_names = std::array{
    ReasonName{0, "exception or NMI"},
    ReasonName{1, "external interrupt"},
    ReasonName{2, "triple fault"},
    ReasonName{3, "INIT signal"},
    ReasonName{4, "start-up IPI"},
    ReasonName{8, "NMI window"},
    ReasonName{9, "task switch"},
    ReasonName{10, "CPUID"},
    ReasonName{28, "control register"},
    ReasonName{31, "RDMSR"},
    ReasonName{32, "WRMSR"},
    ReasonName{33, "VM-entry failure due to invalid guest state"},
    ReasonName{34, "VM-entry failure due to MSR loading"},
    ReasonName{41, "VM-entry failure due to machine-check event"},
    ReasonName{48, "EPT violation"},
    ReasonName{49, "EPT misconfiguration"},
    ReasonName{55, "XSETBV"},
};

[[nodiscard]] std::string_view name_of(std::uint32_t basic_reason) {
    for (const ReasonName& row : reason_names) {
        if (row.reason == basic_reason) {
            return row.name;
        }
    }
    return "another exit";
}

/// Fields that explain an exit, by name (SDM appendix B).
struct NamedField {
    Field field;
    std::string_view name;
};
constexpr auto named_fields = std::array{
    NamedField{Field::exit_qualification, "exit qualification"},
    NamedField{Field::exit_interruption_information, "VM-exit interruption information"},
    NamedField{Field::exit_interruption_error_code, "VM-exit interruption error code"},
    NamedField{Field::idt_vectoring_information, "IDT-vectoring information"},
    NamedField{Field::idt_vectoring_error_code, "IDT-vectoring error code"},
    NamedField{Field::exit_instruction_length, "VM-exit instruction length"},
    NamedField{Field::exit_instruction_information, "VM-exit instruction information"},
    NamedField{Field::guest_linear_address, "guest-linear address"},
    NamedField{Field::guest_physical_address, "guest-physical address"},
    NamedField{Field::vm_instruction_error, "VM-instruction error"},
};

struct RegisterRow {
    std::string_view name;
    std::uint64_t Registers::*value;
};
constexpr auto general_registers = std::array{
    RegisterRow{"rax", &Registers::rax}, RegisterRow{"rbx", &Registers::rbx}, RegisterRow{"rcx", &Registers::rcx},
    RegisterRow{"rdx", &Registers::rdx}, RegisterRow{"rsi", &Registers::rsi}, RegisterRow{"rdi", &Registers::rdi},
    RegisterRow{"rbp", &Registers::rbp}, RegisterRow{"r8 ", &Registers::r8},  RegisterRow{"r9 ", &Registers::r9},
    RegisterRow{"r10", &Registers::r10}, RegisterRow{"r11", &Registers::r11}, RegisterRow{"r12", &Registers::r12},
    RegisterRow{"r13", &Registers::r13}, RegisterRow{"r14", &Registers::r14}, RegisterRow{"r15", &Registers::r15},
};

/// VMREAD that may fail: this is the report of what has failed.
[[nodiscard]] std::uint64_t value_of(std::uint32_t encoding) {
    const runtime::VmxValue read = runtime::vmread(encoding);
    return read.outcome == runtime::VmxOutcome::succeed ? read.value : 0;
}
[[nodiscard]] std::uint64_t value_of(Field field) { return value_of(static_cast<std::uint32_t>(encoding(field))); }

void print_fields() {
    State list;  // only its list of fields
    generated::each_vmcs_field(list, [](std::uint32_t encoding, const auto& /*member*/) {
        const runtime::VmxValue read = runtime::vmread(encoding);
        if (read.outcome == runtime::VmxOutcome::succeed) {
            print(console, "  0x", Hex{encoding, 4}, " = 0x", Hex{read.value}, "\n");
        }
    });
}

}  // namespace

void report(std::string_view reason, const Processor& processor, const Registers& registers) {
    const runtime::LockGuard telling{machine.telling};
    const auto exit_reason = static_cast<std::uint32_t>(value_of(Field::exit_reason));
    log(LogLevel::error, reason, ".");
    print(console, "processor ", Decimal{processor.number}, ", exit reason ", Hex{exit_reason}, "H (",
          name_of(exit_reason & 0xffff), "), rip ", Hex{value_of(Field::guest_rip)}, ", rsp ",
          Hex{value_of(Field::guest_rsp)}, ", rfl ", Hex{value_of(Field::guest_rflags)}, ", cr0 ",
          Hex{value_of(Field::guest_cr0)}, ", cr2 ", Hex{runtime::read_cr2()}, ", cr3 ",
          Hex{value_of(Field::guest_cr3)}, ", cr4 ", Hex{value_of(Field::guest_cr4)}, "\n");
    for (std::size_t n = 0; n < general_registers.size(); ++n) {
        print(console, "  ", general_registers[n].name, " ", Hex{registers.*general_registers[n].value, 16},
              n % 4 == 3 ? "\n" : "");
    }
    print(console, "\n");
    for (const NamedField& row : named_fields) {
        print(console, "  ", row.name, " ", Hex{value_of(row.field)}, "\n");
    }
    print_fields();
}

void stop(std::string_view reason, const Processor& processor, const Registers& registers) {
    report(reason, processor, registers);
    // What ran into it, again: an emulator's log shows the last line.
    print(console, "vmxspec: ", reason, ".\n");
    runtime::halt();
}

void handle_unexpected(Processor& processor, Registers& registers) {
    constexpr std::uint64_t entry_failure = std::uint64_t{1} << 31;
    if ((value_of(Field::exit_reason) & entry_failure) != 0) {
        explain_entry(runtime::VmEntryInstruction::vmresume);
        stop("a VM entry of the guest has failed", processor, registers);
    }
    stop("a VM exit that nobody expects", processor, registers);
}

}  // namespace vmxspec::hv

void vmxspec_vmcs_access_failed() {
    using namespace vmxspec;
    runtime::print(runtime::console, "vmxspec: a VMX instruction of the hypervisor has failed, VM-instruction error ",
                   runtime::Decimal{hv::value_of(hv::Field::vm_instruction_error)}, ", called from ",
                   runtime::Hex{reinterpret_cast<std::uint64_t>(__builtin_return_address(0))}, "H.\n");
    runtime::halt();
}

void vmxspec_l1_entry_failed(vmxspec::hv::Registers& registers) {
    using namespace vmxspec;
    hv::Processor& processor = *registers.processor;
    hv::explain_entry(processor.launched ? runtime::VmEntryInstruction::vmresume
                                         : runtime::VmEntryInstruction::vmlaunch);
    hv::stop("a VM entry of the guest has failed", processor, registers);
}
