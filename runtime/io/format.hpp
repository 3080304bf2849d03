/// Numbers as text, without a C library.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <string_view>

namespace vmxspec::runtime {

/// Anything that takes text.
template <class T>
concept TextSink = requires(T& sink, std::string_view text) {
    sink.write(text);
};

/// A number in lower-case hexadecimal, without prefix.
class Hex {
public:
    /// At least `digits` digits (1 to 16), zeros in front.
    constexpr explicit Hex(std::uint64_t value, unsigned digits = 1) {
        do {
            *--begin_ = "0123456789abcdef"[value & 0xf];
            value >>= 4;
        } while (value != 0 || (static_cast<std::size_t>(text_.end() - begin_) < digits && begin_ != text_.begin()));
    }
    Hex(const Hex&) = delete;
    Hex& operator=(const Hex&) = delete;

    [[nodiscard]] constexpr std::string_view text() const {
        return {begin_, static_cast<std::size_t>(text_.end() - begin_)};
    }

private:
    std::array<char, 16> text_{};
    char* begin_ = text_.end();
};

/// A number in decimal.
class Decimal {
public:
    constexpr explicit Decimal(std::uint64_t value) {
        do {
            *--begin_ = static_cast<char>('0' + value % 10);
            value /= 10;
        } while (value != 0);
    }
    Decimal(const Decimal&) = delete;
    Decimal& operator=(const Decimal&) = delete;

    [[nodiscard]] constexpr std::string_view text() const {
        return {begin_, static_cast<std::size_t>(text_.end() - begin_)};
    }

private:
    std::array<char, 20> text_{};  // 2^64 - 1 has 20 digits
    char* begin_ = text_.end();
};

namespace detail {

template <class Part>
constexpr std::string_view text_of(const Part& part) {
    if constexpr (requires { part.text(); }) {
        return part.text();
    } else {
        return part;
    }
}

}  // namespace detail

/// Writes each part, in order, to `sink`: text as it is, `Hex` and `Decimal` as digits.
template <TextSink Sink, class... Parts>
constexpr void print(Sink& sink, const Parts&... parts) {
    (sink.write(detail::text_of(parts)), ...);
}

}  // namespace vmxspec::runtime
