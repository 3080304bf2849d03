// What a VM entry that fails in 29.3 or 29.4 leaves behind, and what a VM exit does to the VMCS.
#include "proofs/theorems/processor_state.hpp"
#include "proofs/theorems/theorem.hpp"
#include "spec/state/architecture.hpp"

#include <algorithm>
#include <array>

namespace vmxspec::proofs {

namespace {

/// The VMCS field of leaf n after the transition: by its row, or as it was if it has none.
NodeId field_after(const Specification& spec, const load::LoadTable& table, std::size_t n) {
    const Leaf& leaf = spec.state.leaves()[n];
    const std::string member = leaf.name.substr(leaf.name.find('.') + 1);
    const load::LoadRow* row = table.find("vmcs." + member);
    return row == nullptr ? spec.state.node(n) : row->value.id();
}

/// Every field of the area is after the transition what it was.
Bool unmodified(Specification& spec, const load::LoadTable& table, std::string_view area) {
    Bool all = constant(spec.graph, true);
    for (std::size_t n = 0; n < spec.state.leaves().size(); ++n) {
        const Leaf& leaf = spec.state.leaves()[n];
        if (leaf.source != Source::vmcs || !leaf.name.starts_with(area)) continue;
        const NodeId after = field_after(spec, table, n);
        NodeId before = spec.state.node(n);
        if (spec.graph[after].width != leaf.width) before = spec.graph.make(Op::extend, 64, {before});
        all = all && Bool{&spec.graph, spec.graph.make(Op::equal, 0, {after, before})};
    }
    return all;
}

/// Invariants of registers of which a failure may leave the old value or that of the guest-state area, whichever checks
/// it has passed (29.8): they are claimed where the register's row leaves nothing open.
struct Mixed {
    std::string_view invariant, reg;
};
constexpr std::array<Mixed, 4> mixed{
    {{"cr0.high", "cr0"}, {"cr3.width", "cr3"}, {"efer.lma", "efer"}, {"cr4.lma-pae", "efer"}}};

/// The row that the invariant depends on: of a table above, or that of the MSR whose content it judges; null if
/// neither.
const load::LoadRow* premise(const Specification& spec, const std::string& invariant) {
    const auto row = std::ranges::find(mixed, std::string_view{invariant}, &Mixed::invariant);
    if (row != mixed.end()) return spec.after_failure.find(row->reg);
    const std::size_t dot = invariant.find('.');
    const std::string_view what = std::string_view{invariant}.substr(dot + 1);
    const bool content = what == "reserved" || what == "types" || what == "canonical";
    return content ? spec.after_failure.find(invariant.substr(0, dot)) : nullptr;
}

/// A failure is reported with this basic reason and qualification.
Bool reports(const State& s, std::uint32_t reason, std::uint64_t qualification) {
    return s.exiting.failure_reason == reason && s.exiting.failure_qualification == qualification;
}

}  // namespace

std::vector<Theorem> failure_theorems(Specification& spec) {
    State& s = spec.state;
    const Bool guest_passes = spec.holds(Stage::guest);
    const Bool allowed = load::failure_allowed(s, spec.rules);
    const std::vector<Bool> ground{consistent_processor(s), consistent_mode(s)};
    std::vector<Bool> fails = ground;
    for (const Rule& rule : spec.rules)
        if (rule.kind == RuleKind::check && rule.stage <= Stage::control_and_host) fails.push_back(rule.condition);
    const std::vector<Bool> exits = fails;
    fails.push_back(allowed);
    const auto& exiting = s.exiting;

    std::vector<Theorem> theorems;
    for (const unsigned qualification : {0U, 2U, 3U, 4U})
        theorems.push_back(
            {"failure/qualification-" + std::to_string(qualification),
             "some VM entry fails by its guest state with exit qualification " + std::to_string(qualification),
             Form::possible,
             fails,
             reports(s, 33, qualification),
             Verdict::proven,
             {}});
    theorems.push_back(
        {"failure/outcomes",
         "an entry that fails in 29.3 or 29.4 reports 33 with qualification 0, 2, 3 or 4, or 34 with the number "
         "of an entry of the MSR-load area",
         Form::always,
         fails,
         (exiting.failure_reason == 33 && one_of<64>(exiting.failure_qualification, {0, 2, 3, 4})) ||
             all_of({exiting.failure_reason == 34, exiting.failure_qualification != 0, guest_passes}),
         Verdict::proven,
         {}});
    theorems.push_back({"failure/guest-state-first",
                        "a broken check of 29.3 is reported, not an MSR-load entry",
                        Form::always,
                        fails,
                        (!guest_passes) >> (exiting.failure_reason == 33),
                        Verdict::proven,
                        {}});
    theorems.push_back({"failure/guest-area",
                        "a failed entry modifies no field of the guest-state area",
                        Form::always,
                        fails,
                        unmodified(spec, spec.after_failure, "guest."),
                        Verdict::proven,
                        {}});
    theorems.push_back({"failure/control-fields",
                        "a failed entry modifies no control field: the injected event stays valid",
                        Form::always,
                        fails,
                        unmodified(spec, spec.after_failure, "control."),
                        Verdict::proven,
                        {}});
    theorems.push_back({"failure/host-area",
                        "a failed entry modifies no field of the host-state area",
                        Form::always,
                        fails,
                        unmodified(spec, spec.after_failure, "host."),
                        Verdict::proven,
                        {}});
    theorems.push_back({"failure/exit-clears-injection",
                        "a VM exit clears the valid bit of the injected event",
                        Form::always,
                        exits,
                        !spec.after_exit["vmcs.injected_event"].value[31],
                        Verdict::proven,
                        {}});
    for (const char* id : {"exit.efer", "exit.entry-failure"})
        theorems.push_back({std::string{"failure/"} + id,
                            std::string{id} + " is what the loads bring about",
                            Form::always,
                            exits,
                            spec.find(id)->condition,
                            Verdict::proven,
                            {}});

    // Host state after the failure is as consistent as after an exit.
    const load::Values before = values_before(s, spec.after_failure, "before");
    std::vector<Bool> lands = fails;
    for (const load::Invariant& one : load::lasting_invariants(s, before)) lands.push_back(one.condition);
    const Bool no_abort{&spec.graph, spec.graph.substitute(spec.find("exit.pdpte-abort")->condition.id(),
                                                           {{s.leaf("exiting.cr0"), s.node(s.leaf("before.cr0"))},
                                                            {s.leaf("exiting.cr3"), s.node(s.leaf("before.cr3"))},
                                                            {s.leaf("exiting.cr4"), s.node(s.leaf("before.cr4"))},
                                                            {s.leaf("exiting.efer"), s.node(s.leaf("before.efer"))}})};
    lands.push_back(no_abort);
    const load::Values after = values_after(s, spec.after_failure, before, "after_failure");
    for (const load::Invariant& one : load::invariants(s, after, constant(spec.graph, false))) {
        const bool open = std::ranges::count(not_demanded_of_host, std::string_view{one.name}) != 0;
        const load::LoadRow* row = premise(spec, one.name);
        theorems.push_back(
            {"failure/host/" + one.name,
             "after a failed entry " + one.statement +
                 (row == nullptr ? "" : ", where no bit of " + row->name + " is left open"),
             Form::always,
             lands,
             row == nullptr ? one.condition : ((row->defined | row->kept) == low_bits(row->width)) >> one.condition,
             open ? Verdict::refuted : Verdict::proven,
             {}});
    }
    return theorems;
}

}  // namespace vmxspec::proofs
