#include "proofs/vectors/vector_file.hpp"

#include "proofs/state/input_error.hpp"
#include "proofs/vectors/condition.hpp"

#include <fmt/format.h>

namespace vmxspec::vectors {

namespace {

/// Little-endian, as the processor reads it.
template <class T>
void put(std::string& bytes, T value) {
    for (std::size_t n = 0; n < sizeof value; ++n)
        bytes += static_cast<char>(static_cast<std::uint64_t>(value) >> 8 * n & 0xff);
}

void put(std::string& bytes, const std::vector<MsrAreaEntry>& area) {
    for (const MsrAreaEntry& entry : area) {
        put(bytes, *entry.index);
        put(bytes, *entry.reserved);
        put(bytes, *entry.data);
    }
}

}  // namespace

std::string file(const State& state, const std::vector<Vector>& vectors) {
    std::string bytes = "VMXVECT2";
    put(bytes, static_cast<std::uint32_t>(vectors.size()));
    for (const Vector& one : vectors) {
        std::string fields;
        std::string conditions;
        unsigned field_count = 0;
        unsigned condition_count = 0;
        for (const auto& [leaf, value] : one.fields) {
            if (const std::optional<std::uint8_t> number = condition(state, leaf, value)) {
                put(conditions, *number);
                put(conditions, value);
                ++condition_count;
            } else {
                put(fields, static_cast<std::uint16_t>(state.leaves()[leaf].key));
                put(fields, value);
                ++field_count;
            }
        }
        if (one.legacy) {
            put(conditions, legacy_condition);
            put(conditions, std::uint64_t{1});
            ++condition_count;
        }
        const auto too_long = [](const std::vector<MsrAreaEntry>& area) { return area.size() > most_entries; };
        if (one.id.size() > most_characters || field_count > most_fields || too_long(one.entry_msr_load) ||
            too_long(one.exit_msr_store) || too_long(one.exit_msr_load))
            throw InputError(fmt::format("the vector {} does not fit the format.", one.id));
        put(bytes, static_cast<std::uint8_t>(one.id.size()));
        bytes += one.id;
        for (const std::size_t count : {std::size_t{field_count}, std::size_t{condition_count},
                                        one.entry_msr_load.size(), one.exit_msr_store.size(), one.exit_msr_load.size()})
            put(bytes, static_cast<std::uint8_t>(count));
        bytes += fields + conditions;
        put(bytes, one.entry_msr_load);
        put(bytes, one.exit_msr_store);
        put(bytes, one.exit_msr_load);
    }
    return bytes;
}

}  // namespace vmxspec::vectors
