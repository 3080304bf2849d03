// Files of vectors, as the probe reads them: format in tests/bochs/README.md.
#pragma once

#include "proofs/vectors/vector.hpp"

namespace vmxspec::vectors {

// What the probe has room for: tests/bochs/probe/vector_file.hpp.
inline constexpr std::size_t most_characters = 255;  ///< of an id
inline constexpr std::size_t most_fields = 128;      ///< that differ from the base's
inline constexpr std::size_t most_entries = 16;      ///< of an MSR area

/// The bytes of a file with these vectors. Throws InputError naming a vector that does not fit.
[[nodiscard]] std::string file(const State& state, const std::vector<Vector>& vectors);

/// The vectors of such a file, each as the bytes that it has there. Throws InputError when it is damaged.
[[nodiscard]] std::vector<std::string> records(const std::string& file);
/// The ids of a file's vectors.
[[nodiscard]] std::vector<std::string> ids(const std::string& file);
/// The file of these.
[[nodiscard]] std::string file_of(const std::vector<std::string>& records);

}  // namespace vmxspec::vectors
