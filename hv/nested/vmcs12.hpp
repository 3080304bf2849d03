/// A VMCS of L1's: cached while it is current, and in L1's memory when not.
#pragma once

#include "hv/l1/vmcs_field.hpp"
#include "hv/nested/vmcs12_layout.hpp"

namespace vmxspec::hv {

/// The first bytes of a VMCS region as L1 sees them (SDM 27.2), and of the hypervisor's own making the launch state.
struct Vmcs12Head {
    std::uint32_t revision;
    std::uint32_t abort_indicator;
    std::uint64_t launched_since;  ///< the number of the VMXON in whose time it was launched; 0 while it is clear
};

/// A set of places.
class PlaceSet {
public:
    constexpr void add(std::size_t place) { words_[place / 64] |= bit(place); }
    constexpr void fill() { words_.fill(~std::uint64_t{0}); }
    constexpr void clear() { words_.fill(0); }
    [[nodiscard]] constexpr bool contains(std::size_t place) const { return (words_[place / 64] & bit(place)) != 0; }
    [[nodiscard]] constexpr bool meets(const PlaceSet& other) const {
        std::uint64_t both = 0;
        for (std::size_t n = 0; n < words_.size(); ++n) {
            both |= words_[n] & other.words_[n];
        }
        return both != 0;
    }

private:
    static constexpr std::uint64_t bit(std::size_t place) { return std::uint64_t{1} << place % 64; }
    std::array<std::uint64_t, (field_places + 63) / 64> words_{};
};

/// The cache: what a page of L1's memory has behind the head.
struct Vmcs12 {
    Vmcs12Head head;
    std::array<std::uint64_t, field_places> values;

    [[nodiscard]] constexpr std::uint64_t operator[](Field field) const { return values[place_of(encoding(field))]; }
    [[nodiscard]] constexpr std::uint64_t& operator[](Field field) { return values[place_of(encoding(field))]; }
};
static_assert(sizeof(Vmcs12) <= 4096);

}  // namespace vmxspec::hv
