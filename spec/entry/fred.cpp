#include "spec/entry/fred.hpp"

#include "spec/entry/conditions.hpp"
#include "spec/entry/reserved_bits.hpp"

namespace vmxspec::entry {

void fred(RuleTable& table, const State& s, const std::string& area, Bool loaded, const FredFields& fields) {
    const std::string prefix = area + ".fred.";
    table.check(prefix + "config",
                loaded >> (none_reserved(fields.config, fred_config_reserved(s)) && canonical(s, fields.config)));
    for (std::size_t n = 0; n < fields.rsp.size(); ++n) {
        const std::string level = std::to_string(n + 1);
        table.check(prefix + "rsp" + level, loaded >> (canonical(s, fields.rsp[n]) && aligned(fields.rsp[n], 6)));
        table.check(prefix + "ssp" + level, loaded >> (canonical(s, fields.ssp[n]) && aligned(fields.ssp[n], 3)));
    }
}

}  // namespace vmxspec::entry
