#include "spec/entry/address_fields.hpp"
#include "spec/entry/conditions.hpp"
#include "spec/entry/entry.hpp"

namespace vmxspec::entry {

void vm_exit_controls(RuleTable& table, const State& s) {
    const auto& [control, capability] = std::tie(s.control, s.capability);
    table.section(Stage::control_and_host, {"29.2.1.2", "VM-Exit Control Fields"}, {outcome::control_fields});

    table.check("ctl.exit.reserved", allowed(control.exit, governing(s, capability.exit, capability.true_exit)));
    table.check("ctl.exit2.reserved", control.exit.activate_secondary >> ((control.exit2 & ~capability.exit2) == 0));
    table.check("ctl.exit.preemption-timer",
                control.exit.save_preemption_timer >> control.pin.activate_preemption_timer);
    msr_area(table, s, {"ctl.exit-msr-store", control.exit_msr_store_count, control.exit_msr_store});
    msr_area(table, s, {"ctl.exit-msr-load", control.exit_msr_load_count, control.exit_msr_load});
}

}  // namespace vmxspec::entry
