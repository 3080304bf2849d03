/// Numbers by lot: xorshift64*.
#pragma once

#include <cstdint>

namespace vmxspec::l1 {

inline constexpr std::uint64_t two_mib = std::uint64_t{2} << 20;

class Lot {
public:
    explicit Lot(std::uint64_t seed) : state_{seed * 2 + 1} {}

    std::uint64_t number() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545'f491'4f6c'dd1d;
    }
    std::uint64_t below(std::uint64_t end) { return (number() >> 16) % end; }

private:
    std::uint64_t state_;
};

}  // namespace vmxspec::l1
