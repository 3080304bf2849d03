/// What happens again and again, told seldom.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vmxspec::hv {

/// How often each of so many things has happened.
template <std::size_t things>
class Repetitions {
public:
    /// Counts it. \return how often it has happened, if it is the 1st, 2nd, 4th, 8th ... time; else 0
    [[nodiscard]] constexpr std::uint64_t count(std::size_t thing) {
        const std::uint64_t times = ++times_[thing];
        return (times & (times - 1)) == 0 ? times : 0;
    }

private:
    std::array<std::uint64_t, things> times_{};
};

}  // namespace vmxspec::hv
