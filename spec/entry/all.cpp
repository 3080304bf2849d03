#include "spec/entry/entry.hpp"

namespace vmxspec::entry {

void all(RuleTable& table, const State& s) {
    basic(table, s);
    vm_execution_controls(table, s);
    vm_exit_controls(table, s);
    vm_entry_controls(table, s);
    host_registers(table, s);
    host_segments(table, s);
    address_space_size(table, s);
    guest_registers(table, s);
    guest_segments(table, s);
    guest_descriptor_tables(table, s);
    guest_rip_rflags(table, s);
    guest_non_register(table, s);
    guest_pdptes(table, s);
}

}  // namespace vmxspec::entry
