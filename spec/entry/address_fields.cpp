#include "spec/entry/address_fields.hpp"

#include "spec/entry/conditions.hpp"

namespace vmxspec::entry {

Bool end_within_physical_width(const State& s, Bits<64> address, Bits<64> offset) {
    return within_physical_width(s, address) && within_physical_width(s, address + offset);
}

void address_field(RuleTable& table, const State& s, const AddressField& field) {
    table.check(field.id + ".aligned", field.used >> aligned(field.address, field.alignment));
    table.check(field.id + ".width", field.used >> within_physical_width(s, field.address));
}

void msr_area(RuleTable& table, const State& s, const MsrArea& area) {
    const Bool used = area.count != 0;
    const Bits<64> bytes = extend<64>(area.count) << 4;
    address_field(table, s, {area.id, used, area.address, 4});
    table.check(area.id + ".last", used >> end_within_physical_width(s, area.address, bytes - 1));
}

}  // namespace vmxspec::entry
