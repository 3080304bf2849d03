#include "proofs/state/machine_values.hpp"

namespace vmxspec {

std::vector<std::uint64_t> machine_values(const KnownState& known) {
    std::vector<std::uint64_t> values;
    values.reserve(known.values().size());
    for (const Known& one : known.values()) values.push_back(one.value & one.known);
    return values;
}

}  // namespace vmxspec
