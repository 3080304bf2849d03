// A string that can be a template argument, so that a row of a table carries its manual name in its type.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace vmxspec {

template <std::size_t N>
struct Text {
    char characters[N]{};

    // NOLINTNEXTLINE(google-explicit-constructor): a literal is the only intended spelling.
    consteval Text(const char (&literal)[N]) { std::copy_n(literal, N, characters); }

    [[nodiscard]] constexpr std::string_view view() const { return {characters, N - 1}; }
};

}  // namespace vmxspec
