#include "spec/entry/conditions.hpp"
#include "spec/entry/entry.hpp"

#include <string>

namespace vmxspec::entry {

namespace {

struct DescriptorTable {
    const char* name;
    Bits<64> base;
    Bits<32> limit;
};

}  // namespace

void guest_descriptor_tables(RuleTable& table, const State& s) {
    const auto& guest = s.guest;
    table.section(Stage::guest, {"29.3.1.3", "Checks on Guest Descriptor-Table Registers"}, {outcome::guest_state});

    for (const DescriptorTable& row : {
             DescriptorTable{"guest.gdtr", guest.gdtr_base, guest.gdtr_limit},
             DescriptorTable{"guest.idtr", guest.idtr_base, guest.idtr_limit},
         }) {
        table.check(std::string{row.name} + ".base.canonical", s.processor.intel64 >> canonical(s, row.base));
        table.check(std::string{row.name} + ".limit", (row.limit >> 16) == 0);
    }
}

}  // namespace vmxspec::entry
