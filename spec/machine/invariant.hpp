// What holds of every state of VMX operation that transitions lead to.
#pragma once

#include "spec/machine/transition.hpp"

namespace vmxspec::machine {

struct Invariant {
    std::string_view id;
    std::string_view statement;
    Bool condition;
};

/// The invariants, over the state and over one VMCS region (`region.*`) that stands for any.
[[nodiscard]] std::vector<Invariant> invariants(const State& s);

/// The state after reset, outside VMX operation and SMM, with no VMCS ever launched.
[[nodiscard]] Bool initial(const State& s);

/// `region.*` and what an instruction is given of the regions that it names speak of the same regions: equal addresses,
/// equal attributes. This is no property of the machine but what the inputs mean.
[[nodiscard]] Bool coherent(const State& s);

/// With the default treatment of SMIs, CR4.VMXE is 0 in SMM, which is outside VMX operation (34.14.3).
[[nodiscard]] Bool no_vmx_in_default_smm(const State& s);

/// What is known of the verdicts `checks.*`: of a guest state that passes 29.3, the rules on the VMCS link pointer
/// hold.
[[nodiscard]] Bool verdicts_agree(const State& s, const RuleTable& rules);

}  // namespace vmxspec::machine
