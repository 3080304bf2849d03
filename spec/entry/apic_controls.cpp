#include "spec/entry/address_fields.hpp"
#include "spec/entry/conditions.hpp"
#include "spec/entry/vm_execution_parts.hpp"

namespace vmxspec::entry {

namespace {

void tpr_threshold(RuleTable& table, const State& s) {
    const Bits<32> threshold = s.control.tpr_threshold;
    const Bits<8> vtpr = s.memory.vtpr;
    const Bool without_vid = s.control.proc.use_tpr_shadow && !s.proc2.virtual_interrupt_delivery;
    table.check("ctl.tpr-threshold.reserved", without_vid >> ((threshold >> 4) == 0));
    table.check("ctl.tpr-threshold.vtpr",
                (without_vid && !s.proc2.virtualize_apic_accesses) >> (threshold.slice<3, 0>() <= vtpr.slice<7, 4>()));
}

void nmis(RuleTable& table, const State& s) {
    const auto& [pin, proc] = std::tie(s.control.pin, s.control.proc);
    table.check("ctl.virtual-nmis", pin.virtual_nmis >> pin.nmi_exiting);
    table.check("ctl.nmi-window", proc.nmi_window_exiting >> pin.virtual_nmis);
}

void virtualization(RuleTable& table, const State& s) {
    const auto& proc2 = s.proc2;
    const Bool tpr_shadow = s.control.proc.use_tpr_shadow;
    table.check("ctl.tpr-shadow.x2apic", proc2.virtualize_x2apic_mode >> tpr_shadow);
    table.check("ctl.tpr-shadow.apic-reg", proc2.apic_register_virtualization >> tpr_shadow);
    table.check("ctl.tpr-shadow.vid", proc2.virtual_interrupt_delivery >> tpr_shadow);
    table.check("ctl.tpr-shadow.ipi", s.proc3.ipi_virtualization >> tpr_shadow);
    table.check("ctl.x2apic.apic-access", proc2.virtualize_x2apic_mode >> !proc2.virtualize_apic_accesses);
    table.check("ctl.vid.ext-int-exiting",
                proc2.virtual_interrupt_delivery >> s.control.pin.external_interrupt_exiting);
}

void posted_interrupts(RuleTable& table, const State& s) {
    const auto& control = s.control;
    const Bool posted = control.pin.process_posted_interrupts;
    table.check("ctl.posted.vid", posted >> s.proc2.virtual_interrupt_delivery);
    table.check("ctl.posted.ack-on-exit", posted >> control.exit.acknowledge_interrupt);
    table.check("ctl.posted.vector", posted >> ((control.posted_interrupt_vector & 0xff00) == 0));
    address_field(table, s, {"ctl.posted", posted, control.posted_interrupt_descriptor, 6});
}

void ipi_virtualization(RuleTable& table, const State& s) {
    const auto& control = s.control;
    const Bool used = s.proc3.ipi_virtualization;
    const Bits<64> last = extend<64>(control.last_pid_pointer_index) << 3;
    address_field(table, s, {"ctl.pid-table", used, control.pid_pointer_table, 3});
    table.check("ctl.pid-table.last", used >> end_within_physical_width(s, control.pid_pointer_table, last));
}

}  // namespace

void apic_controls(RuleTable& table, const State& s) {
    tpr_threshold(table, s);
    nmis(table, s);
    virtualization(table, s);
    posted_interrupts(table, s);
    ipi_virtualization(table, s);
}

}  // namespace vmxspec::entry
