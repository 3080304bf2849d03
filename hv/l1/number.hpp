/// Little-endian numbers in a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace vmxspec::hv {

/// The number at `offset`; nothing beyond the end.
template <class T>
[[nodiscard]] std::optional<T> number(std::span<const std::byte> bytes, std::uint64_t offset) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) {
        return std::nullopt;
    }
    T value;
    __builtin_memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

}  // namespace vmxspec::hv
