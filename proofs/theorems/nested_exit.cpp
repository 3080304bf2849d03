// The way back: what a VM exit of L2 saves into VMCS12, and L1's processor after it, which is as 30.5 says and enters.
#include "proofs/theorems/nested_translation.hpp"
#include "spec/entry/conditions.hpp"

#include <algorithm>

namespace vmxspec::proofs {

namespace {

/// CR0 bits that a VM exit leaves as L2 has them, but NW and CD, which VM entries do not check (29.3.1.1, 30.5.1).
constexpr std::uint64_t unmodified_cr0 = ~low_bits(32) | 0x3ffULL << 19 | 1ULL << 17 | 0x3ffULL << 6 | 1ULL << 4;

using nested::FieldRow;
using nested::Translation;
using nested::View;

Bool equal(Graph& graph, NodeId a, NodeId b) { return {&graph, graph.make(Op::equal, 0, {a, b})}; }

/// VMCS02 when L2 exits at once: guest state as the rows made it.
View exited_at_once(const State& s, const Translation& t) {
    View view{s.graph()};
    for (const auto& [field, copy] : t.exited.places())
        if (const FieldRow* row = t.vmcs02.find(field)) view.put(s.graph()[copy].value, row->value);
    return view;
}

/// What VMCS12 has after an exit at once, where that is not what it had: registers that the entry has taken from L1.
NodeId expected(const Specification& spec, const Translation& t, const FieldRow& row) {
    const State& s = spec.state;
    const auto& [guest, entry] = std::tie(s.guest, s.control.entry);
    const auto l1_unless = [&](Bool loaded, Bits<64> field) { return select(loaded, field, t.l0.vmcs01(field)).id(); };
    const std::string& name = s.leaves()[row.leaf].name;
    if (name == "guest.efer") return spec.loaded.efer.id();
    if (name == "guest.dr7") return l1_unless(entry.load_debug_controls, guest.dr7);
    if (name == "guest.pat") return l1_unless(entry.load_pat, guest.pat);
    if (name == "control.injected_event") return (s.control.injected_event & low_bits(31)).id();
    return s.node(row.leaf);
}

bool told_elsewhere(const std::string& name) {
    return name.starts_with("information.") ||  // of the exit, not of the entry
           name == "guest.debugctl" ||          // translation/loaded/debugctl
           name == "guest.interruptibility";    // translation/loaded/blocking.*
}

std::vector<Theorem> saved(Specification& spec, const Translation& t) {
    const State& s = spec.state;
    const View at_once = exited_at_once(s, t);
    std::vector<Bool> given = nested_ground(spec, t);
    given.push_back(t.as_l1(spec.find("guest.efer.lma")->condition));
    std::vector<Theorem> theorems;
    for (const FieldRow& row : t.saved) {
        const std::string& name = s.leaves()[row.leaf].name;
        if (told_elsewhere(name)) continue;
        const Bool same = equal(spec.graph, at_once(row.value), expected(spec, t, row));
        theorems.push_back({"translation/saved/" + name,
                            "an exit of L2 that comes at once saves the " +
                                std::string{s.leaves()[row.leaf].manual_name} + " that L2 began with",
                            Form::always,
                            given,
                            t.as_l1(row.changes >> same),
                            Verdict::proven,
                            {}});
    }
    return theorems;
}

/// L1's field in VMCS01 agrees with the row of 30.5 for it.
std::vector<Theorem> registers(Specification& spec, const Translation& t) {
    const State& s = spec.state;
    Graph& graph = spec.graph;
    const View exiting = nested::exiting_view(s, t.exited);
    std::vector<Theorem> theorems;
    for (const load::LoadRow& row : spec.after_exit) {
        std::string name = "guest." + row.name;
        std::ranges::replace(name.begin() + 6, name.end(), '.', '_');
        const std::size_t* leaf = s.find(name);
        const FieldRow* field = leaf == nullptr ? nullptr : t.l1.find(*leaf);
        if (field == nullptr) continue;
        const auto word = [&](NodeId node) {
            return Bits<64>{&graph, s.leaves()[*leaf].width == 64 ? node : graph.make(Op::extend, 64, {node})};
        };
        const Bits<64> value = word(field->value);
        const Bits<64> before = word(t.exited(s.node(*leaf)));
        theorems.push_back({"translation/l1/" + row.name,
                            "after an exit of L2, L1 has the " + row.name + " of 30.5",
                            Form::always,
                            {},
                            (field->changes >> ((value & exiting(row.defined)) == exiting(row.value) &&
                                                ((value ^ before) & exiting(row.kept)) == 0)) &&
                                (field->changes || exiting(row.defined | row.kept) == 0),
                            Verdict::proven,
                            {}});
    }
    return theorems;
}

/// VMCS01 after an exit of L2: L1's registers as the rows make them, everything else as VMCS01 has it.
View l1_view(const State& s, const Translation& t) {
    View view{s.graph()};
    // What does not change is anything: VMCS02's value, of which nothing is known, stands for it.
    for (const FieldRow& row : t.l1)
        view.put(row.leaf, s.graph().make(Op::select, s.leaves()[row.leaf].width,
                                          {row.changes.id(), row.value, t.exited(s.node(row.leaf))}));
    view.put(t.l0.vmcs01);
    view.put(nested::leaf_of(s.guest.link_pointer), s.guest.link_pointer.same(~0ULL).id());
    view.put(t.as_l0);
    return view;
}

/// After the exit L1 can go on: VMCS01 keeps each rule of 29.3.
std::vector<Theorem> l1_enters(Specification& spec, const Translation& t) {
    const State& s = spec.state;
    const auto& guest = s.guest;
    const View l1 = l1_view(s, t);
    const View exiting = nested::exiting_view(s, t.exited);
    std::vector<Bool> given = nested_ground(spec, t);
    // The exit is no VMX abort (30.5), and L2's registers are such that the processor can have them.
    for (const char* id : {"exit.efer.ia32e-abort", "exit.pdpte-abort"})
        given.push_back(t.as_l1(exiting(spec.find(id)->condition)));
    for (const Rule& rule : spec.rules)
        if (rule.id.starts_with("host.") || rule.id.starts_with("size.")) given.push_back(t.as_l1(rule.condition));
    const Bits<64> cr3 = entry::cr3_address(s, t.exited(Bits<64>{guest.cr3}));
    given.push_back((cr3 >> extend<64>(Bits<8>{s.processor.maxphyaddr})) == 0);
    given.push_back((t.exited(Bits<64>{guest.efer}) & entry::efer_reserved(s)) == 0);
    given.push_back(entry::pat_memory_types(t.exited(Bits<64>{guest.pat})));
    given.push_back(t.l0.real(entry::fixed_bits(t.exited(Bits<64>{guest.cr0}), s.capability.cr0_fixed0,
                                                s.capability.cr0_fixed1, guest.cr0.same(unmodified_cr0))));
    std::vector<Theorem> theorems;
    for (const Rule& rule : spec.rules)
        if (rule.kind == RuleKind::check && rule.stage == Stage::guest)
            theorems.push_back({"translation/l1-enters/" + rule.id,
                                "after an exit of L2, VMCS01 keeps " + rule.id,
                                Form::always,
                                given,
                                l1(rule.condition),
                                Verdict::proven,
                                {}});
    return theorems;
}

}  // namespace

std::vector<Theorem> nested_exit_theorems(Specification& spec, const Translation& t) {
    std::vector<Theorem> theorems;
    for (const auto part : {saved, registers, l1_enters})
        std::ranges::move(part(spec, t), std::back_inserter(theorems));
    return theorems;
}

}  // namespace vmxspec::proofs
