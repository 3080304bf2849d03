#include "spec/entry/address_fields.hpp"
#include "spec/entry/conditions.hpp"
#include "spec/entry/entry.hpp"
#include "spec/entry/event_injection.hpp"

namespace vmxspec::entry {

void vm_entry_controls(RuleTable& table, const State& s) {
    const auto& [control, capability] = std::tie(s.control, s.capability);
    const auto& entry = control.entry;
    table.section(Stage::control_and_host, {"29.2.1.3", "VM-Entry Control Fields"}, {outcome::control_fields});

    table.check("ctl.entry.reserved", allowed(control.entry, governing(s, capability.entry, capability.true_entry)));
    event_injection(table, s);
    msr_area(table, s, {"ctl.entry-msr-load", control.entry_msr_load_count, control.entry_msr_load});
    table.check("ctl.entry.smm", s.before.in_smm || (!entry.entry_to_smm && !entry.deactivate_dual_monitor));
    table.check("ctl.entry.smm-both", !(entry.entry_to_smm && entry.deactivate_dual_monitor));
}

}  // namespace vmxspec::entry
