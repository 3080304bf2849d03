/// A VMCS of L1's: cached while it is current, and in L1's memory when not.
#pragma once

#include "hv/nested/vmcs12_layout.hpp"
#include "vmxspec/generated/entry_inputs.hpp"
#include "vmxspec/generated/nested_translation.hpp"

namespace vmxspec::hv {

/// VMCS12, and beside it what its checks read of L1's processor.
using Vmcs12 = generated::Vmcs12<std::uint64_t>;

/// The first bytes of a VMCS region as L1 sees them (SDM 27.2), and of the hypervisor's own making the launch state.
/// Behind them are the fields, a word each, by `place_of`.
struct Vmcs12Head {
    std::uint32_t revision;
    std::uint32_t abort_indicator;
    std::uint64_t launched_since;  ///< the number of the VMXON in whose time it was launched; 0 while it is clear
};
inline constexpr std::size_t vmcs12_size = sizeof(Vmcs12Head) + field_places * sizeof(std::uint64_t);
static_assert(vmcs12_size <= 4096);

/// Which fields L1's VMCSs have, where in the cache each is, and who reads it.
class FieldMap {
public:
    static constexpr std::uint16_t absent = 0xffff;

    struct Place {
        std::uint16_t offset = absent;  ///< within Vmcs12; or there is no such field
        generated::vmcs02::RowSet rows;
        generated::RuleSet rules;
        bool is_host_input;  ///< L1's registers after a VM exit follow from it
    };

    /// Fills it in: a field is offered, or it is not there.
    void build(const generated::Level0<std::uint64_t>& level0);

    /// The field of that encoding; null if L1's VMCSs do not have it.
    [[nodiscard]] const Place* find(std::uint64_t encoding) const {
        const std::size_t place = place_of(encoding);
        return place != no_place && places_[place].offset != absent ? &places_[place] : nullptr;
    }

    /// Calls visit(byte offset behind the head, place) for each field that there is.
    template <class Visit>
    void each(Visit visit) const {
        for (std::size_t n = 0; n < count_; ++n) {
            visit(present_[n] * sizeof(std::uint64_t), places_[present_[n]]);
        }
    }

    /// The number of a place, below `field_places`.
    [[nodiscard]] std::size_t number_of(const Place& place) const {
        return static_cast<std::size_t>(&place - places_.data());
    }
    [[nodiscard]] const Place& operator[](std::size_t number) const { return places_[number]; }

private:
    std::array<Place, field_places> places_;
    std::array<std::uint16_t, field_places> present_;  ///< of places with a field, the numbers
    std::size_t count_;
};

/// A set of fields, by the numbers of their places.
class FieldSet {
public:
    constexpr void insert(std::size_t number) { words_[number / 64] |= std::uint64_t{1} << number % 64; }

    /// Calls visit(number) for each, and empties the set.
    template <class Visit>
    constexpr void drain(Visit visit) {
        for (std::size_t n = 0; n < words_.size(); ++n) {
            for (; words_[n] != 0; words_[n] &= words_[n] - 1) {
                visit(64 * n + static_cast<std::size_t>(__builtin_ctzll(words_[n])));
            }
        }
    }

private:
    std::array<std::uint64_t, (field_places + 63) / 64> words_{};
};

[[nodiscard]] inline std::uint64_t& at(Vmcs12& vmcs12, const FieldMap::Place& place) {
    return *reinterpret_cast<std::uint64_t*>(reinterpret_cast<std::byte*>(&vmcs12) + place.offset);
}

}  // namespace vmxspec::hv
