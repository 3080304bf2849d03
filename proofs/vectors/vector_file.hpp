// Files of vectors, as the probe reads them: format in tests/bochs/README.md.
#pragma once

#include "proofs/vectors/vector.hpp"

namespace vmxspec::vectors {

/// The bytes of a file with these vectors.
[[nodiscard]] std::string file(const State& state, const std::vector<Vector>& vectors);

}  // namespace vmxspec::vectors
