// The FRED MSRs, which VM entries check alike in the guest-state and in the host-state area.
#pragma once

#include "spec/lang/rule.hpp"
#include "spec/state/state.hpp"

#include <array>
#include <string>

namespace vmxspec::entry {

/// The fields of one area; index 0 is RSP1 or SSP1.
struct FredFields {
    Bits<64> config;
    std::array<Bits<64>, 3> rsp;
    std::array<Bits<64>, 3> ssp;
};

/// The fields of the guest-state or host-state area.
template <class Area>
[[nodiscard]] FredFields fred_fields(const Area& area) {
    return {area.fred_config,
            {area.fred_rsp1, area.fred_rsp2, area.fred_rsp3},
            {area.fred_ssp1, area.fred_ssp2, area.fred_ssp3}};
}

/// Rows `<area>.fred.*`, which apply if `loaded` (SDM 29.2.2, 29.3.1.1).
void fred(RuleTable& table, const State& s, const std::string& area, Bool loaded, const FredFields& fields);

}  // namespace vmxspec::entry
