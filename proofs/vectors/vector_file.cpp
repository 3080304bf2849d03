#include "proofs/vectors/vector_file.hpp"

#include "proofs/state/input_error.hpp"

#include <fmt/format.h>

namespace vmxspec::vectors {

namespace {

/// Little-endian, as the processor reads it.
template <class T>
void put(std::string& bytes, T value) {
    for (std::size_t n = 0; n < sizeof value; ++n)
        bytes += static_cast<char>(static_cast<std::uint64_t>(value) >> 8 * n & 0xff);
}

}  // namespace

std::string file(const State& state, const std::vector<Vector>& vectors) {
    std::string bytes = "VMXVECT1";
    put(bytes, static_cast<std::uint32_t>(vectors.size()));
    for (const Vector& one : vectors) {
        if (one.id.size() > most_characters || one.fields.size() > most_fields ||
            one.entry_msr_load.size() > most_entries)
            throw InputError(fmt::format("the vector {} does not fit the format.", one.id));
        put(bytes, static_cast<std::uint8_t>(one.id.size()));
        bytes += one.id;
        put(bytes, static_cast<std::uint8_t>(one.fields.size()));
        put(bytes, static_cast<std::uint8_t>(one.entry_msr_load.size()));
        for (const auto& [leaf, value] : one.fields) {
            put(bytes, static_cast<std::uint16_t>(state.leaves()[leaf].key));
            put(bytes, value);
        }
        for (const MsrAreaEntry& entry : one.entry_msr_load) {
            put(bytes, *entry.index);
            put(bytes, *entry.reserved);
            put(bytes, *entry.data);
        }
    }
    return bytes;
}

}  // namespace vmxspec::vectors
