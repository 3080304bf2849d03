// The specification as one object: the graph, the state, the rules, what an entry loads.
#pragma once

#include "spec/load/after_entry.hpp"
#include "spec/load/after_exit.hpp"
#include "spec/load/after_failure.hpp"
#include "spec/machine/machine.hpp"

#include <array>

namespace vmxspec {

class Specification {
public:
    /// Builds the whole specification (a few milliseconds).
    Specification();
    Specification(const Specification&) = delete;
    Specification& operator=(const Specification&) = delete;

    Graph graph;
    State state{graph};
    RuleTable rules;         ///< stages 29.1 to 29.3, over the state, and advice on the MSR-load count
    load::Registers loaded;  ///< after 29.3.2
    load::MsrLoad msr_load;  ///< one step of 29.4
    Bool checks_pass;        ///< all checks of 29.1 to 29.3 hold
    vmxspec::machine::TransitionTable machine;  ///< the VMX instructions

    load::LoadTable after_entry;    ///< 29.3.2, 29.7
    load::Registers host;           ///< CR0, CR4 and IA32_EFER after 30.5.1
    load::LoadTable after_exit;     ///< 30.2, 30.5
    load::LoadTable after_failure;  ///< 29.8
    RuleTable exit_rules;           ///< rows exit.*: VMX aborts, and what exits and failed entries bring about

    /// The tables in the manual's order: of VM entries, and with the rules of VM exits.
    [[nodiscard]] std::array<const RuleTable*, 2> entry_tables() const { return {&rules, &msr_load.rules}; }
    [[nodiscard]] std::array<const RuleTable*, 3> tables() const { return {&rules, &msr_load.rules, &exit_rules}; }
    /// All checks of this stage hold; of 29.4, those of one entry of the area.
    [[nodiscard]] Bool holds(Stage stage) const;
    /// The rule of this id, from any table, or null.
    [[nodiscard]] const Rule* find(std::string_view id) const;
};

}  // namespace vmxspec
