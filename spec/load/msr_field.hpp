// MSRs that a transition loads from a field if a control says so: one row each.
#pragma once

#include "spec/load/load_table.hpp"
#include "spec/state/state.hpp"

namespace vmxspec::load {

struct MsrField {
    const char* name;
    Bool control;
    Bits<64> field;
};

/// The eight MSRs of FRED that one control loads (SDM 29.3.2.1, 30.5.1). `area` is the guest-state or host-state area.
template <class Area>
void fred_msrs(LoadTable& table, Bool control, const Area& area) {
    for (const MsrField& row : {
             MsrField{"fred_config", control, area.fred_config},
             MsrField{"fred_rsp1", control, area.fred_rsp1},
             MsrField{"fred_rsp2", control, area.fred_rsp2},
             MsrField{"fred_rsp3", control, area.fred_rsp3},
             MsrField{"fred_stklvls", control, area.fred_stklvls},
             MsrField{"fred_ssp1", control, area.fred_ssp1},
             MsrField{"fred_ssp2", control, area.fred_ssp2},
             MsrField{"fred_ssp3", control, area.fred_ssp3},
         })
        table.add(row.name, loaded_if(row.control, row.field));
}

}  // namespace vmxspec::load
