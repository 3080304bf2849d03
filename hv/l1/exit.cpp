#include "hv/l1/exit.hpp"

#include <array>

#include "hv/l1/entry_check.hpp"
#include "hv/l1/event.hpp"
#include "hv/l1/ipi.hpp"
#include "hv/l1/report.hpp"
#include "hv/l1/vmcs.hpp"

namespace vmxspec::hv {

namespace {

struct Row {
    ExitReason reason;
    ExitHandler handler;
};

/// An instruction that only a processor with VMX has.
template <ExitHandler handler>
void if_nested(Processor& processor, Registers& registers) {
    processor.nested != nullptr ? handler(processor, registers) : handle_absent_instruction(processor, registers);
}

constexpr auto rows = std::array{
    Row{ExitReason::exception_or_nmi, handle_exception_or_nmi},
    Row{ExitReason::triple_fault, handle_triple_fault},
    Row{ExitReason::init, handle_init},
    Row{ExitReason::sipi, handle_sipi},
    Row{ExitReason::nmi_window, handle_nmi_window},
    Row{ExitReason::task_switch, handle_task_switch},
    Row{ExitReason::cpuid, handle_cpuid},
    Row{ExitReason::getsec, handle_absent_instruction},
    Row{ExitReason::invd, handle_invd},
    Row{ExitReason::vmcall, if_nested<handle_vmcall>},
    Row{ExitReason::vmclear, if_nested<handle_vmclear>},
    Row{ExitReason::vmlaunch, if_nested<handle_vmlaunch>},
    Row{ExitReason::vmptrld, if_nested<handle_vmptrld>},
    Row{ExitReason::vmptrst, if_nested<handle_vmptrst>},
    Row{ExitReason::vmread, if_nested<handle_vmread>},
    Row{ExitReason::vmresume, if_nested<handle_vmresume>},
    Row{ExitReason::vmwrite, if_nested<handle_vmwrite>},
    Row{ExitReason::vmxoff, if_nested<handle_vmxoff>},
    Row{ExitReason::vmxon, if_nested<handle_vmxon>},
    Row{ExitReason::control_register_access, handle_control_register},
    Row{ExitReason::rdmsr, handle_rdmsr},
    Row{ExitReason::wrmsr, handle_wrmsr},
    Row{ExitReason::ept_violation, handle_ept_violation},
    Row{ExitReason::ept_misconfiguration, handle_ept_misconfiguration},
    Row{ExitReason::invept, if_nested<handle_invept>},
    Row{ExitReason::invvpid, if_nested<handle_invvpid>},
    Row{ExitReason::xsetbv, handle_xsetbv},
};

/// A handler for each number: machine checks at VM entry and what nobody asked for are not expected.
constexpr auto handlers = [] {
    std::array<ExitHandler, exit_reasons> all{};
    for (ExitHandler& handler : all) {
        handler = handle_unexpected;
    }
    for (const Row& row : rows) {
        all[static_cast<std::size_t>(row.reason)] = row.handler;
    }
    return all;
}();

void handle_reason(Processor& processor, Registers& registers) {
    const std::uint64_t reason = read(Field::exit_reason);
    const ExitHandler handler = reason < handlers.size() ? handlers[reason] : handle_unexpected;  // bit 31: it failed
    handler(processor, registers);
}

/// On a processor whose IPIs are intercepted (ipi.hpp): the VMCS as it should be. \return whether the VM exit was about
/// that
bool leave_as_manual(Processor& processor) {
    forget_blocking_by_smi();
    return end_apic_write(processor);
}

/// With what is seldom due before and after a handler.
[[gnu::noinline]] void handle_with_care(Processor& processor, Registers& registers) {
    if (processor.ept.hole_is_open()) {
        forget_written(processor);
    }
    if (!processor.ipis.intercepted || !leave_as_manual(processor)) {
        handle_reason(processor, registers);
    }
    if (entry_check_wanted()) {
        check_entry(processor, registers, vmxspec::runtime::VmEntryInstruction::vmresume);
    }
}

}  // namespace

}  // namespace vmxspec::hv

void vmxspec_l1_handle(vmxspec::hv::Registers& registers) {
    using namespace vmxspec::hv;
    Processor& processor = *registers.processor;
    processor.launched = true;
    if (processor.ept.hole_is_open() || processor.ipis.intercepted || entry_check_wanted()) {
        return handle_with_care(processor, registers);
    }
    handle_reason(processor, registers);
}
