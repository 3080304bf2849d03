// Fills the state of a VM entry from the machine, and says which rule of the manual it breaks.
#include "../machine.h"

#include <stdio.h>
#include <vmxspec/vmxspec.h>

// The VMCS, the MSRs and CPUID, each by its table: whatever a later version reads is read then.
static void read_machine(struct vmxspec_entry_state* s) {
    for (size_t n = 0; n < VMXSPEC_VMCS_FIELD_COUNT; ++n)
        vmxspec_put(s, &vmxspec_vmcs_fields[n], machine_vmread(vmxspec_vmcs_fields[n].key));
    for (size_t n = 0; n < VMXSPEC_MSR_COUNT; ++n) vmxspec_put(s, &vmxspec_msrs[n], machine_rdmsr(vmxspec_msrs[n].key));
    for (size_t n = 0; n < VMXSPEC_CPUID_BITS_COUNT; ++n) {
        uint32_t registers[4];
        machine_cpuid(vmxspec_cpuid[n].leaf.key, vmxspec_cpuid[n].subleaf, registers);
        vmxspec_set_cpuid(s, vmxspec_cpuid[n].leaf.key, vmxspec_cpuid[n].subleaf, registers);
    }
}

// What only the caller knows; the assertion tells when there is more of it.
_Static_assert(VMXSPEC_OTHER_COUNT == 29, "the checks read state that is not filled in here");
static void set_circumstances(struct vmxspec_entry_state* s) {
    s->before_cr0 = 0x80000011;
    s->before_cr4 = 0x2000;
    s->before_efer = 0x500;
    s->before_cs_l = true;
    s->before_in_vmx_operation = true;
    s->before_current_vmcs = 0x1000;
    s->trait_lbr_pairs = 16;
}

static void report(const char* what, const struct vmxspec_entry_state* s, const struct vmxspec_msr_area_entry* area,
                   uint32_t count) {
    const struct vmxspec_entry_result result = vmxspec_check_entry(s, area, count, true);
    if (result.enters) {
        printf("%s: the VM entry succeeds\n", what);
    } else if (result.rule == vmxspec_rule_none) {
        const struct vmxspec_msr_rule_information* rule = vmxspec_msr_information(result.msrs.rule);
        printf("%s: %s (SDM %s %s): exit reason %u, qualification %u\n", what, rule->id, rule->section, rule->title,
               rule->exit_reason, result.msrs.failed_entry);
    } else {
        const struct vmxspec_rule_information* rule = vmxspec_information(result.rule);
        printf("%s: %s (SDM %s %s)\n", what, rule->id, rule->section, rule->title);
    }
}

int main(void) {
    struct vmxspec_entry_state state = {0};
    read_machine(&state);
    set_circumstances(&state);
    report("without its MSR-load area", &state, NULL, 0);

    const struct vmxspec_msr_area_entry efer = {0xc0000080, 0, 0xd01};
    report("IA32_EFER = D01H in the MSR-load area", &state, &efer, 1);

    uint64_t cr0 = 0;
    if (!vmxspec_get_vmcs_field(&state, 0x6800, &cr0) || !vmxspec_set_vmcs_field(&state, 0x6800, cr0 & ~UINT64_C(1)))
        return 1;
    report("guest CR0.PE = 0", &state, NULL, 0);
    state.control_pin = 0;
    report("no pin-based controls either", &state, NULL, 0);
    return 0;
}
