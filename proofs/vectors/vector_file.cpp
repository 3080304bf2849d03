#include "proofs/vectors/vector_file.hpp"

#include "proofs/state/input_error.hpp"
#include "proofs/vectors/condition.hpp"

#include <fmt/format.h>

#include <string_view>

namespace vmxspec::vectors {

namespace {

constexpr std::string_view magic = "VMXVECT2";

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
    std::vector<std::string> list;
    for (const Vector& one : vectors) {
        std::string bytes;
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
        if (one.link_is_current) {
            put(conditions, link_is_current_condition);
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
        list.push_back(std::move(bytes));
    }
    return file_of(list);
}

std::string file_of(const std::vector<std::string>& records) {
    std::string bytes{magic};
    put(bytes, static_cast<std::uint32_t>(records.size()));
    for (const std::string& one : records) bytes += one;
    return bytes;
}

std::vector<std::string> records(const std::string& file) {
    constexpr std::size_t field = 2 + 8;
    constexpr std::size_t condition = 1 + 8;
    constexpr std::size_t entry = 4 + 4 + 8;
    const auto byte = [&](std::size_t at) -> std::size_t {
        if (at >= file.size()) throw InputError("the file of vectors is damaged.");
        return static_cast<unsigned char>(file[at]);
    };
    if (!file.starts_with(magic)) throw InputError("the file of vectors is damaged.");
    std::vector<std::string> list;
    for (std::size_t at = magic.size() + 4; at < file.size();) {
        const std::size_t name = byte(at);
        const std::size_t counts = at + 1 + name;
        const std::size_t entries = byte(counts + 2) + byte(counts + 3) + byte(counts + 4);
        const std::size_t size = 1 + name + 5 + byte(counts) * field + byte(counts + 1) * condition + entries * entry;
        byte(at + size - 1);
        list.push_back(file.substr(at, size));
        at += size;
    }
    return list;
}

std::vector<std::string> ids(const std::string& file) {
    std::vector<std::string> list;
    for (const std::string& one : records(file)) list.push_back(one.substr(1, static_cast<unsigned char>(one[0])));
    return list;
}

}  // namespace vmxspec::vectors
