// The C header's functions, compiled as C, for tests in C++.
#pragma once

#include "vmxspec/generated/vmxspec.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vmxspec_rule_set c_violations(const struct vmxspec_entry_state* s);
enum vmxspec_rule c_first_violation(const struct vmxspec_entry_state* s);
struct vmxspec_entry_result c_check_entry(const struct vmxspec_entry_state* s,
                                          const struct vmxspec_msr_area_entry* area, uint32_t count,
                                          bool unlisted_accepted);

/// Row n of the registers after a VM entry, and of those after a VM exit; the count of each.
size_t c_after_entry_count(void);
size_t c_after_exit_count(void);
struct vmxspec_loaded c_after_entry(const struct vmxspec_entry_state* s, size_t n);
struct vmxspec_loaded c_after_exit(const struct vmxspec_entry_state* s, const struct vmxspec_exit_state* x, size_t n);

struct vmxspec_instruction_result c_vmlaunch(const struct vmxspec_instruction_state* s);
struct vmxspec_instruction_result c_vmptrld(const struct vmxspec_instruction_state* s);

#ifdef __cplusplus
}
#endif
