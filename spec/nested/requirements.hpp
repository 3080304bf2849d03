// What the translation stands on: the processor that hv demands, VMCS01, L0's own pages, and L1's state when it enters.
#pragma once

#include "spec/nested/translation.hpp"

#include <string>

namespace vmxspec::nested {

struct Requirement {
    std::string id;
    Bool condition;
    std::string_view reason;
};

/// Of the real processor, over `real.*`: it is consistent, and has what hv's own VMCS needs (hv/l1/controls.cpp).
[[nodiscard]] std::vector<Requirement> processor_requirements(const State& s, const Level0& l0);

/// Of L0: VMCS01 passes the checks that VMCS02 shares with it and has the controls that the rows rely on; L0's
/// addresses are good; the registers of L1 in it hold what the processor accepts.
[[nodiscard]] std::vector<Requirement> level0_requirements(const Specification& spec, const Translation& translation);

/// Of L1 when it executes VMLAUNCH or VMRESUME, which is when it is in VMX root operation as L0 emulates it.
[[nodiscard]] std::vector<Requirement> level1_requirements(const State& s);

}  // namespace vmxspec::nested
