#include "hv/nested/vmcs12.hpp"

namespace vmxspec::hv {

namespace {

/// Every field that the manual knows has a place of its own.
constexpr bool places_differ() {
    Vmcs12 layout;
    std::array<bool, field_places> taken{};
    bool good = true;
    generated::each_vmcs12_field(layout, [&](std::uint32_t encoding, const std::uint64_t& /*member*/) {
        const std::size_t place = place_of(encoding);
        good = good && place != no_place && !taken[place];
        if (good) {
            taken[place] = true;
        }
    });
    return good;
}
static_assert(places_differ());

}  // namespace

void FieldMap::build(const generated::Level0<std::uint64_t>& level0) {
    places_.fill({});
    Vmcs12 layout;
    generated::each_vmcs12_field(layout, [&](std::uint32_t encoding, const std::uint64_t& member) {
        const auto offset = reinterpret_cast<std::uintptr_t>(&member) - reinterpret_cast<std::uintptr_t>(&layout);
        if (const std::size_t place = place_of(encoding); place != no_place) {
            places_[place].offset = static_cast<std::uint16_t>(offset);
            places_[place].is_host_input = generated::l1::is_host_input(encoding);
        }
    });
    generated::offered::each_field(level0, [&](std::uint32_t encoding, bool exists) {
        if (const std::size_t place = place_of(encoding); place != no_place && !exists) {
            places_[place].offset = absent;
        }
    });
    count_ = 0;
    for (std::size_t n = 0; n < places_.size(); ++n) {
        if (places_[n].offset != absent) {
            present_[count_++] = static_cast<std::uint16_t>(n);
        }
    }
    for (const generated::vmcs02::Input& input : generated::vmcs02::inputs) {
        if (const std::size_t place = place_of(input.encoding); place != no_place) {
            places_[place].rows = input.rows;
        }
    }
    for (const generated::CheckInput& input : generated::check_inputs) {
        if (const std::size_t place = place_of(input.encoding); place != no_place) {
            places_[place].rules = input.rules;
        }
    }
}

}  // namespace vmxspec::hv
