// As a kernel uses the header: every function whose result a caller acts on, and nothing from a library.
#include <vmxspec/vmxspec.hpp>

bool may_enter(const vmxspec::EntryState<std::uint64_t>& s, const vmxspec::MsrAreaEntry* area, std::uint32_t count,
               vmxspec::RuleSet& broken) {
    broken = vmxspec::violations(s);
    return vmxspec::check_entry(s, area, count, true).enters();
}

vmxspec::Ending emulate_vmlaunch(vmxspec::InstructionState<std::uint64_t>& s) {
    const vmxspec::InstructionResult result = vmxspec::vmlaunch(s);
    s = result.next;
    return result.ending;
}
