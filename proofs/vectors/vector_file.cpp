#include "proofs/vectors/vector_file.hpp"

#include "proofs/state/input_error.hpp"

#include <fmt/format.h>

#include <string_view>

namespace vmxspec::vectors {

namespace {

constexpr std::string_view magic = "VMXVECT1";

/// Little-endian, as the processor reads it.
template <class T>
void put(std::string& bytes, T value) {
    for (std::size_t n = 0; n < sizeof value; ++n)
        bytes += static_cast<char>(static_cast<std::uint64_t>(value) >> 8 * n & 0xff);
}

}  // namespace

std::string file(const State& state, const std::vector<Vector>& vectors) {
    std::vector<std::string> list;
    for (const Vector& one : vectors) {
        std::string bytes;
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
    constexpr std::size_t entry = 4 + 4 + 8;
    const auto byte = [&](std::size_t at) -> std::size_t {
        if (at >= file.size()) throw InputError("the file of vectors is damaged.");
        return static_cast<unsigned char>(file[at]);
    };
    if (!file.starts_with(magic)) throw InputError("the file of vectors is damaged.");
    std::vector<std::string> list;
    for (std::size_t at = magic.size() + 4; at < file.size();) {
        const std::size_t name = byte(at);
        const std::size_t size = 1 + name + 2 + byte(at + 1 + name) * field + byte(at + 2 + name) * entry;
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
