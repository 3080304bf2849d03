// As a kernel uses the header: every function whose result a caller acts on, and nothing from a library.
#include <vmxspec/vmxspec.h>

bool may_enter(const struct vmxspec_entry_state* s, const struct vmxspec_msr_area_entry* area, uint32_t count,
               struct vmxspec_rule_set* broken);
bool may_enter(const struct vmxspec_entry_state* s, const struct vmxspec_msr_area_entry* area, uint32_t count,
               struct vmxspec_rule_set* broken) {
    *broken = vmxspec_violations(s);
    return vmxspec_check_entry(s, area, count, true).enters;
}

enum vmxspec_ending emulate_vmlaunch(struct vmxspec_instruction_state* s);
enum vmxspec_ending emulate_vmlaunch(struct vmxspec_instruction_state* s) {
    const struct vmxspec_instruction_result result = vmxspec_execute_vmlaunch(s);
    *s = result.next;
    return result.ending;
}
