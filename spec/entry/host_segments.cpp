#include "spec/entry/conditions.hpp"
#include "spec/entry/entry.hpp"

#include <string>

namespace vmxspec::entry {

namespace {

template <class Field>
struct Named {
    const char* name;
    Field field;
};

}  // namespace

void host_segments(RuleTable& table, const State& s) {
    const auto& host = s.host;
    table.section(Stage::control_and_host, {"29.2.3", "Checks on Host Segment and Descriptor-Table Registers"},
                  {outcome::host_state});

    using Selector = Named<Bits<16>>;
    for (const Selector& row : {
             Selector{"cs", host.cs_selector},
             Selector{"ss", host.ss_selector},
             Selector{"ds", host.ds_selector},
             Selector{"es", host.es_selector},
             Selector{"fs", host.fs_selector},
             Selector{"gs", host.gs_selector},
             Selector{"tr", host.tr_selector},
         })
        table.check(std::string{"host."} + row.name + ".selector.rpl-ti", aligned(row.field, 3));

    table.check("host.cs.selector.nonzero", host.cs_selector != 0);
    table.check("host.tr.selector.nonzero", host.tr_selector != 0);
    table.check("host.ss.selector.nonzero", s.control.exit.host_address_space_size || host.ss_selector != 0);

    using Base = Named<Bits<64>>;
    for (const Base& row : {
             Base{"fs", host.fs_base},
             Base{"gs", host.gs_base},
             Base{"gdtr", host.gdtr_base},
             Base{"idtr", host.idtr_base},
             Base{"tr", host.tr_base},
         })
        table.check(std::string{"host."} + row.name + ".base.canonical",
                    s.processor.intel64 >> canonical(s, row.field));
}

}  // namespace vmxspec::entry
