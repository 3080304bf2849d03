/// The last of what was logged, and how L1 reads it by CPUID.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/cpu/cpuid.hpp"

namespace vmxspec::hv {

/// Keeps the last `size` bytes of a text that goes on and on. Positions count from the first byte that was ever
/// written, so that what a position names does not change while others write.
class LogRing {
public:
    static constexpr std::size_t size = 8192;

    constexpr void write(std::string_view text) {
        for (const char character : text) {
            bytes_[written_ % size] = character;
            ++written_;
        }
    }

    /// The position behind the last byte.
    [[nodiscard]] constexpr std::uint64_t written() const { return written_; }

    /// The byte at a position; NUL, which is in no text, for one that was not written yet or is overwritten.
    [[nodiscard]] constexpr char at(std::uint64_t position) const {
        const bool kept = position < written_ && written_ - position <= size;
        return kept ? bytes_[position % size] : '\0';
    }

private:
    std::array<char, size> bytes_{};
    std::uint64_t written_ = 0;
};

/// Leaves of CPUID by which L1 reads the log, where the option `log.leaf` is given (hv/README.md).
namespace log_leaf {
inline constexpr std::uint32_t signature = 0x4000'0000;  ///< EAX: the highest leaf; EBX, ECX, EDX: "vmxspec"
inline constexpr std::uint32_t text = 0x4000'0001;       ///< ECX = n: 16 bytes from position 16 n on, in EAX to EDX
inline constexpr std::uint32_t extent = 0x4000'0002;     ///< EBX:EAX: bytes written so far; ECX: bytes that are kept
}  // namespace log_leaf

/// What CPUID returns for a leaf between 40000000H and 4FFFFFFFH.
[[nodiscard]] constexpr runtime::CpuidResult read_log(const LogRing& ring, std::uint32_t leaf, std::uint32_t subleaf) {
    const auto word = [](auto byte) {
        std::uint32_t value = 0;
        for (unsigned n = 0; n < 4; ++n) {
            value |= std::uint32_t{static_cast<unsigned char>(byte(n))} << 8 * n;
        }
        return value;
    };
    switch (leaf) {
        case log_leaf::signature: {
            constexpr std::string_view name{"vmxspec\0\0\0\0\0", 12};
            const auto part = [&](unsigned first) { return word([&](unsigned n) { return name[first + n]; }); };
            return {log_leaf::extent, part(0), part(4), part(8)};
        }
        case log_leaf::text: {
            const std::uint64_t begin = std::uint64_t{16} * subleaf;
            const auto part = [&](unsigned first) {
                return word([&](unsigned n) { return ring.at(begin + first + n); });
            };
            return {part(0), part(4), part(8), part(12)};
        }
        case log_leaf::extent:
            return {static_cast<std::uint32_t>(ring.written()), static_cast<std::uint32_t>(ring.written() >> 32),
                    static_cast<std::uint32_t>(LogRing::size), 0};
        default: return {};
    }
}

}  // namespace vmxspec::hv
