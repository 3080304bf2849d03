// A guest segment register as the checks of 29.3.1.2 read it.
#pragma once

#include "spec/state/state.hpp"

#include <array>
#include <string>

namespace vmxspec::entry {

struct Segment {
    std::string name;
    Bits<16> selector;
    Selector<Expression> selector_bits;
    Bits<64> base;
    Bits<32> limit;
    Bits<32> rights;
    AccessRights<Expression> access;

    /// The unusable bit is 0.
    [[nodiscard]] Bool usable() const { return !access.unusable; }
};

/// A segment register from its four fields of the guest-state area.
template <class SelectorField, class RightsField>
[[nodiscard]] Segment segment(std::string name, const SelectorField& selector, Bits<64> base, Bits<32> limit,
                              const RightsField& rights) {
    return {std::move(name), selector, selector, base, limit, rights, rights};
}

/// The registers for code, stack and data, in the manual's order: CS, SS, DS, ES, FS, GS.
[[nodiscard]] inline std::array<Segment, 6> segments(const State& s) {
    const auto& g = s.guest;
    return {{
        segment("cs", g.cs_selector, g.cs_base, g.cs_limit, g.cs_access_rights),
        segment("ss", g.ss_selector, g.ss_base, g.ss_limit, g.ss_access_rights),
        segment("ds", g.ds_selector, g.ds_base, g.ds_limit, g.ds_access_rights),
        segment("es", g.es_selector, g.es_base, g.es_limit, g.es_access_rights),
        segment("fs", g.fs_selector, g.fs_base, g.fs_limit, g.fs_access_rights),
        segment("gs", g.gs_selector, g.gs_base, g.gs_limit, g.gs_access_rights),
    }};
}

[[nodiscard]] inline Segment task_register(const State& s) {
    const auto& g = s.guest;
    return segment("tr", g.tr_selector, g.tr_base, g.tr_limit, g.tr_access_rights);
}

[[nodiscard]] inline Segment ldtr(const State& s) {
    const auto& g = s.guest;
    return segment("ldtr", g.ldtr_selector, g.ldtr_base, g.ldtr_limit, g.ldtr_access_rights);
}

}  // namespace vmxspec::entry
