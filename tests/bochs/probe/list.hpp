/// A short list in a table row.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <span>

namespace vmxspec::probe {

/// Up to `most` values, written between braces.
template <class T, std::size_t most>
class List {
public:
    template <std::same_as<T>... Values>
    requires(sizeof...(Values) <= most) constexpr List(Values... values)
        : values_{values...}, count_{sizeof...(values)} {}

    [[nodiscard]] constexpr operator std::span<const T>() const { return {values_.data(), count_}; }

private:
    std::array<T, most> values_{};
    std::size_t count_;
};

}  // namespace vmxspec::probe
