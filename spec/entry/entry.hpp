// The checks of a VM entry, one function a subsection of the manual, in its order.
#pragma once

#include "spec/lang/rule.hpp"
#include "spec/state/state.hpp"

namespace vmxspec::entry {

void basic(RuleTable& table, const State& s);                    // 29.1
void vm_execution_controls(RuleTable& table, const State& s);    // 29.2.1.1
void vm_exit_controls(RuleTable& table, const State& s);         // 29.2.1.2
void vm_entry_controls(RuleTable& table, const State& s);        // 29.2.1.3
void host_registers(RuleTable& table, const State& s);           // 29.2.2
void host_segments(RuleTable& table, const State& s);            // 29.2.3
void address_space_size(RuleTable& table, const State& s);       // 29.2.4
void guest_registers(RuleTable& table, const State& s);          // 29.3.1.1
void guest_segments(RuleTable& table, const State& s);           // 29.3.1.2
void guest_descriptor_tables(RuleTable& table, const State& s);  // 29.3.1.3
void guest_rip_rflags(RuleTable& table, const State& s);         // 29.3.1.4
void guest_non_register(RuleTable& table, const State& s);       // 29.3.1.5
void guest_pdptes(RuleTable& table, const State& s);             // 29.3.1.6

/// All checks of 29.1 to 29.3, in the manual's order. MSR loading (29.4) is spec/load's.
void all(RuleTable& table, const State& s);

}  // namespace vmxspec::entry
