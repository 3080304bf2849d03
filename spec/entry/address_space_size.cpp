#include "spec/entry/conditions.hpp"
#include "spec/entry/entry.hpp"

namespace vmxspec::entry {

void address_space_size(RuleTable& table, const State& s) {
    const auto& [host, processor, before] = std::tie(s.host, s.processor, s.before);
    const Bool ia32e_guest = s.control.entry.ia32e_mode_guest;
    const Bool host64 = s.control.exit.host_address_space_size;
    const Bool load_cet = s.control.exit.load_cet_state;
    const Bool intel64 = processor.intel64;
    const Bool to_host32 = intel64 && !host64;
    const Bool to_host64 = intel64 && host64;
    // These rows compare controls with host state; the manual leaves open which of the two error numbers reports them.
    table.section(Stage::control_and_host, {"29.2.4", "Checks Related to Address-Space Size"},
                  {outcome::control_fields, outcome::host_state});

    table.check("size.legacy.ia32e", (intel64 && !before.efer.lma) >> !ia32e_guest);
    table.check("size.legacy.host64", (intel64 && !before.efer.lma) >> !host64);
    table.check("size.ia32e.host64", (intel64 && before.efer.lma) >> host64);
    table.check("size.host32.ia32e", to_host32 >> !ia32e_guest);
    table.check("size.host32.pcide", to_host32 >> !host.cr4.pcide);
    table.check("size.host32.fred", to_host32 >> !host.cr4.fred);
    table.check("size.host32.rip", to_host32 >> ((host.rip >> 32) == 0));
    table.check("size.host32.s-cet", (to_host32 && load_cet) >> ((host.s_cet >> 32) == 0));
    table.check("size.host32.ssp", (to_host32 && load_cet) >> ((host.ssp >> 32) == 0));
    table.check("size.host64.pae", to_host64 >> host.cr4.pae);
    table.check("size.host64.rip", to_host64 >> canonical(s, host.rip));
    table.check("size.host64.s-cet", (to_host64 && load_cet) >> canonical(s, host.s_cet));
    table.check("size.host64.ssp", (to_host64 && load_cet) >> canonical(s, host.ssp));
    table.check("size.ssp-table", (intel64 && load_cet) >> canonical(s, host.ssp_table));
    table.check("size.no-intel64", intel64 || (!ia32e_guest && !host64));
}

}  // namespace vmxspec::entry
