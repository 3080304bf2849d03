#include "hv/nested/exit_ept.hpp"

#include "hv/l1/exit.hpp"
#include "hv/l1/instruction.hpp"
#include "hv/l1/physical_memory.hpp"
#include "hv/l1/vmcs.hpp"
#include "hv/nested/controls12.hpp"
#include "hv/nested/nested.hpp"
#include "hv/nested/reflection.hpp"
#include "hv/nested/translation.hpp"
#include "hv/nested/vmcs02.hpp"

namespace vmxspec::hv {

namespace {

/// The page-modification log of VMCS12 (SDM 31.3.6): the hypervisor's work, for EPT12's dirty flags are.
void log_page(Vmcs12& v, std::uint64_t address) {
    constexpr std::uint64_t index_bits = 0xffff;
    const std::uint64_t index = v.guest_pml_index;
    write_guest(v.control_pml + index * sizeof address, address & ~std::uint64_t{runtime::page_size - 1});
    v.guest_pml_index = (index - 1) & index_bits;
}

}  // namespace

void handle_l2_ept_violation(Processor& processor, Registers& registers) {
    constexpr std::uint64_t log_entries = 512;
    Nested& nested = *processor.nested;
    if (!uses_secondary(nested.vmcs12, secondary::ept)) {
        return handle_ept_violation(processor, registers);
    }
    const bool logs = uses_secondary(nested.vmcs12, secondary::pml);
    const std::uint64_t qualification = read(Field::exit_qualification), address = read(Field::guest_physical_address);
    const EptAnswer answer = nested.ept02.fill(address, qualification & ept_violation::access,
                                               !logs || nested.vmcs12.guest_pml_index < log_entries);
    const auto reflect_as = [&](ExitReason reason, std::uint64_t told) {
        read_exited(nested);
        nested.exited.information_exit_reason = static_cast<std::uint64_t>(reason);
        nested.exited.information_exit_qualification = told;
        reflect(processor, registers);
    };
    switch (answer.outcome) {
        case EptOutcome::violation:
            return reflect_as(ExitReason::ept_violation,
                              (qualification & ~(ept_violation::access << ept_violation::rights_place)) |
                                  answer.rights << ept_violation::rights_place);
        case EptOutcome::misconfigured: return reflect_as(ExitReason::ept_misconfiguration, 0);
        case EptOutcome::log_full:
            return reflect_as(ExitReason::page_modification_log_full,
                              qualification & ept_violation::nmi_unblocking_due_to_iret);
        case EptOutcome::changed:
        case EptOutcome::mapped: break;
    }
    if (logs && answer.dirtied) {
        log_page(nested.vmcs12, address);
    }
    if (answer.invalidate) {
        invalidate_ept(processor, read(Field::eptp));
    }
    repeat_behind_ept_violation(qualification);
}

}  // namespace vmxspec::hv
