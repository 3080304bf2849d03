#include "proofs/theorems/processor_state.hpp"

namespace vmxspec::proofs {

namespace {

bool of_processor(const load::LoadRow& row) { return !row.name.starts_with("vmcs."); }

/// The leaf of this name as 64 bits; a fresh one of the row's width if there is none.
Bits<64> word(State& s, const load::LoadRow& row, const std::string& name, std::string_view manual_name) {
    const std::size_t* there = s.find(name);
    const NodeId node = s.node(there != nullptr ? *there : s.add_leaf(name, manual_name, row.width));
    const unsigned width = s.graph()[node].width;
    if (width == 0) return extend<64>(load::bit(Bool{&s.graph(), node}));
    return {&s.graph(), width == 64 ? node : s.graph().make(Op::extend, 64, {node})};
}

}  // namespace

load::Values values_before(State& s, const load::LoadTable& table, const std::string& area) {
    load::Values values;
    for (const load::LoadRow& row : table)
        if (of_processor(row))
            values.emplace(row.name, word(s, row, area + "." + row.name, "register before the transition"));
    return values;
}

load::Values values_after(State& s, const load::LoadTable& table, const load::Values& before, const std::string& tag) {
    load::Values values;
    for (const load::LoadRow& row : table) {
        if (!of_processor(row)) continue;
        const Bits<64> free = word(s, row, tag + "." + row.name, "register that the manual leaves undefined");
        const Bits<64> anything = row.canonical ? load::made_canonical(s, free) : free;
        const Bits<64> open = ~(row.defined | row.kept);
        values.emplace(row.name, row.value | (before.at(row.name) & row.kept) | (anything & open));
    }
    return values;
}

}  // namespace vmxspec::proofs
