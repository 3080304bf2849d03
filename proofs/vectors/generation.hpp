// All families of vectors near one base state; kept, so that the same are not made twice.
#pragma once

#include "proofs/vectors/vector_set.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace vmxspec::vectors {

/// What of all vectors is wanted.
struct Wish {
    std::uint64_t seed = 1;         ///< of the random walks
    std::size_t walks = 1'000;      ///< how many
    std::size_t every = 1;          ///< each n-th vector, and those of rules
    std::vector<std::string> only;  ///< ids that begin with one of these; all if empty
};

/// A file of vectors (README in tests/bochs) and its description.
struct Generated {
    std::string file;
    VectorSet set;
    bool kept = false;  ///< it was made by an earlier run
};

/// The whole set. `cache` is a folder, made if need be, in which it is looked for and kept by digest of the
/// specification, of the code that makes vectors, of the base state and of the wish; none if empty. Throws InputError
/// when the folder cannot be written.
[[nodiscard]] Generated generate(Specification& spec, const Base& base, const Wish& wish, const std::string& cache);

/// The shard of a whole set.
[[nodiscard]] Generated part(const Generated& whole, Shard shard);

}  // namespace vmxspec::vectors
