#include "tests/unit/c_header.h"

struct vmxspec_rule_set c_violations(const struct vmxspec_entry_state* s) {
    return vmxspec_violations(s);
}
enum vmxspec_rule c_first_violation(const struct vmxspec_entry_state* s) { return vmxspec_first_violation(s); }
struct vmxspec_entry_result c_check_entry(const struct vmxspec_entry_state* s,
                                          const struct vmxspec_msr_area_entry* area, uint32_t count,
                                          bool unlisted_accepted) {
    return vmxspec_check_entry(s, area, count, unlisted_accepted);
}

typedef struct vmxspec_loaded (*entry_row)(const struct vmxspec_entry_state*);
typedef struct vmxspec_loaded (*exit_row)(const struct vmxspec_entry_state*, const struct vmxspec_exit_state*);
#define ROW(row, name) vmxspec_after_entry_##row,
static const entry_row after_entry[] = {VMXSPEC_EACH_AFTER_ENTRY(ROW)};
#undef ROW
#define ROW(row, name) vmxspec_after_exit_##row,
static const exit_row after_exit[] = {VMXSPEC_EACH_AFTER_EXIT(ROW)};

size_t c_after_entry_count(void) { return sizeof after_entry / sizeof after_entry[0]; }
size_t c_after_exit_count(void) { return sizeof after_exit / sizeof after_exit[0]; }
struct vmxspec_loaded c_after_entry(const struct vmxspec_entry_state* s, size_t n) {
    return after_entry[n](s);
}
struct vmxspec_loaded c_after_exit(const struct vmxspec_entry_state* s, const struct vmxspec_exit_state* x, size_t n) {
    return after_exit[n](s, x);
}

struct vmxspec_instruction_result c_vmlaunch(const struct vmxspec_instruction_state* s) {
    return vmxspec_execute_vmlaunch(s);
}
struct vmxspec_instruction_result c_vmptrld(const struct vmxspec_instruction_state* s) {
    return vmxspec_execute_vmptrld(s);
}
