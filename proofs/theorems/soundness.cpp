// Entry and host soundness: a transition from a VMCS that passes its checks makes a state that the architecture allows.
#include "proofs/theorems/processor_state.hpp"
#include "proofs/theorems/theorem.hpp"
#include "spec/state/architecture.hpp"

#include <algorithm>
#include <array>

namespace vmxspec::proofs {

namespace {

constexpr std::string_view single_step = "pending-debug.bs";

/// Why the manual does not demand the invariant, so that the counterexample is a state that it allows; empty where it
/// does.
std::string_view not_demanded(const std::string& family, const std::string& invariant) {
    if (family == "soundness/exit/" && std::ranges::count(not_demanded_of_host, std::string_view{invariant}) != 0)
        return "30.5.2 leaves the base of an unusable register undefined";
    if (family == "soundness/entry/" && invariant == single_step)
        return "29.3.1.5 compares BS with BTF of the IA32_DEBUGCTL field, also when \"load debug controls\" is 0 and "
               "the "
               "MSR keeps another BTF";
    return {};
}

/// What theorems about a transition assume: the checks up to a stage, and the invariants of the state before that last.
std::vector<Bool> assumptions(const Specification& spec, Stage last, const load::Values& before) {
    std::vector<Bool> given{consistent_processor(spec.state), consistent_mode(spec.state)};
    for (const Rule& rule : spec.rules)
        if (rule.kind == RuleKind::check && rule.stage <= last) given.push_back(rule.condition);
    for (const load::Invariant& one : load::lasting_invariants(spec.state, before)) given.push_back(one.condition);
    return given;
}

void add(std::vector<Theorem>& theorems, const std::string& family, const std::string& after,
         const std::vector<Bool>& given, const std::vector<load::Invariant>& claims) {
    for (const load::Invariant& one : claims) {
        const std::string_view open = not_demanded(family, one.name);
        const std::string why = open.empty() ? "" : "; not demanded: " + std::string{open};
        theorems.push_back({family + one.name,
                            "after " + after + " " + one.statement + why,
                            Form::always,
                            given,
                            one.condition,
                            open.empty() ? Verdict::proven : Verdict::refuted,
                            {}});
    }
}

}  // namespace

std::vector<Theorem> soundness_theorems(Specification& spec) {
    State& s = spec.state;
    const Bool never = constant(spec.graph, false);
    std::vector<Theorem> theorems;

    const load::Values host_before = values_before(s, spec.after_entry, "before");
    const std::vector<Bool> enters = assumptions(spec, Stage::guest, host_before);
    const load::Values guest = values_after(s, spec.after_entry, host_before, "after_entry");
    const std::vector<load::Invariant> entered = load::invariants(s, guest, s.proc2.unrestricted_guest);
    add(theorems, "soundness/entry/", "a VM entry", enters, entered);
    for (const load::Invariant& one : entered)
        if (one.name == single_step)
            theorems.push_back({"soundness/entry/pending-debug.bs-loaded",
                                "after a VM entry with \"load debug controls\" " + one.statement,
                                Form::always,
                                enters,
                                s.control.entry.load_debug_controls >> one.condition,
                                Verdict::proven,
                                {}});

    const load::Values guest_before = values_before(s, spec.after_exit, "exiting");
    std::vector<Bool> exits = assumptions(spec, Stage::control_and_host, guest_before);
    exits.push_back(spec.find("exit.efer.ia32e-abort")->condition);
    exits.push_back(spec.find("exit.pdpte-abort")->condition);
    const load::Values host = values_after(s, spec.after_exit, guest_before, "after_exit");
    add(theorems, "soundness/exit/", "a VM exit without VMX abort", exits, load::invariants(s, host, never));
    return theorems;
}

}  // namespace vmxspec::proofs
