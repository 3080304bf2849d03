#include "proofs/theorems/implied.hpp"

#include <array>

namespace vmxspec::proofs {

namespace {

constexpr std::string_view last_byte =
    "an address whose structure ends within the physical-address width begins within it";

constexpr std::array<Implied, 6> table{{
    {"ctl.pid-table.width", "ctl.pid-table.last", last_byte},
    {"ctl.exit-msr-store.width", "ctl.exit-msr-store.last", last_byte},
    {"ctl.exit-msr-load.width", "ctl.exit-msr-load.last", last_byte},
    {"ctl.entry-msr-load.width", "ctl.entry-msr-load.last", last_byte},
    {"size.legacy.ia32e", "size.legacy.host64 size.host32.ia32e",
     "outside IA-32e mode \"host address-space size\" is 0, and where that is 0 \"IA-32e mode guest\" is 0"},
    {"size.host32.ia32e", "size.legacy.ia32e size.ia32e.host64",
     "where \"host address-space size\" is 0 the processor is outside IA-32e mode, and there \"IA-32e mode guest\" is "
     "0"},
}};

}  // namespace

std::span<const Implied> implied_rules() { return table; }

}  // namespace vmxspec::proofs
