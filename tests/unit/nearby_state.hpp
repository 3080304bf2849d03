// States near a recorded one, for comparing generated code with the specification.
#pragma once

#include "proofs/state/machine_values.hpp"
#include "tests/unit/fixture.hpp"

#include <algorithm>
#include <iterator>
#include <random>

namespace vmxspec::test {

[[nodiscard]] inline const Specification& spec() {
    static const Specification the_spec;
    return the_spec;
}

/// All leaves of a recording as a processor knows them: what no dump shows is 0.
[[nodiscard]] inline std::vector<std::uint64_t> machine(const std::string& recording) {
    return machine_values(entry_of(spec().state, fixture_json(recording)));
}

/// A few leaves changed: a bit, a neighbour, all ones, a random value, a small one.
inline void mutate(std::vector<std::uint64_t>& values, const std::vector<std::size_t>& leaves,
                   std::mt19937_64& random) {
    for (std::uint64_t k = 1 + random() % 5; k-- > 0;) {
        const std::size_t n = leaves[random() % leaves.size()];
        const unsigned width = std::max(1U, spec().state.leaves()[n].width);
        const std::uint64_t bit = std::uint64_t{1} << random() % width;
        const std::uint64_t choices[] = {values[n] ^ bit,   values[n] ^ bit, values[n] + 1,
                                         ~std::uint64_t{0}, random(),        random() % 8};
        values[n] = choices[random() % std::size(choices)] & low_bits(width);
    }
}

}  // namespace vmxspec::test
