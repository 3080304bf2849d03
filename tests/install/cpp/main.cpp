// Fills the state of a VM entry from the machine, and says which rule of the manual it breaks.
#include "../machine.h"

#include <cstdio>
#include <type_traits>
#include <vmxspec/vmxspec.hpp>

namespace {

using State = vmxspec::EntryState<std::uint64_t>;

// The VMCS, the MSRs and CPUID, each by its visitor: whatever a later version reads is read then.
State read_machine() {
    State s;
    vmxspec::each_vmcs_field(s, [](std::uint32_t encoding, auto& member) { member = machine_vmread(encoding); });
    vmxspec::each_msr(s, [](std::uint32_t index, auto& member) { member = machine_rdmsr(index); });
    vmxspec::each_cpuid(
        s, [](std::uint32_t leaf, std::uint32_t subleaf, unsigned reg, unsigned high, unsigned low, auto& member) {
            std::uint32_t registers[4];
            machine_cpuid(leaf, subleaf, registers);
            const std::uint64_t mask = (std::uint64_t{2} << (high - low)) - 1;
            const std::uint64_t bits = registers[reg] >> low & mask;
            member = static_cast<std::remove_reference_t<decltype(member)>>(bits);
        });
    return s;
}

// What only the caller knows; the assertion tells when there is more of it.
static_assert(vmxspec::other_count == 29, "the checks read state that is not filled in here");
void set_circumstances(State& s) {
    s.before_cr0 = 0x80000011;
    s.before_cr4 = 0x2000;
    s.before_efer = 0x500;
    s.before_cs_l = true;
    s.before_in_vmx_operation = true;
    s.before_current_vmcs = 0x1000;
    s.trait_lbr_pairs = 16;
}

void report(const char* what, const State& s, const vmxspec::MsrAreaEntry* area, std::uint32_t count) {
    const vmxspec::EntryResult result = vmxspec::check_entry(s, area, count, true);
    if (result.enters()) {
        std::printf("%s: the VM entry succeeds\n", what);
    } else if (const vmxspec::RuleInformation* rule = vmxspec::information(result.rule)) {
        std::printf("%s: %s (SDM %s %s)\n", what, rule->id, rule->section, rule->title);
    } else {
        const vmxspec::MsrRuleInformation* msr_rule = vmxspec::information(result.msrs.rule);
        std::printf("%s: %s (SDM %s %s): exit reason %u, qualification %u\n", what, msr_rule->id, msr_rule->section,
                    msr_rule->title, msr_rule->exit_reason, result.msrs.failed_entry);
    }
}

}  // namespace

int main() {
    State state = read_machine();
    set_circumstances(state);
    report("without its MSR-load area", state, nullptr, 0);

    const vmxspec::MsrAreaEntry efer{0xc0000080, 0, 0xd01};
    report("IA32_EFER = D01H in the MSR-load area", state, &efer, 1);

    state.guest_cr0 &= ~std::uint64_t{1};
    report("guest CR0.PE = 0", state, nullptr, 0);
    state.control_pin = 0;
    report("no pin-based controls either", state, nullptr, 0);
}
