// Generated = spec for nested_translation.hpp: the capability MSRs that L1 reads, every row of VMCS02 and of the way
// back.
#include "proofs/theorems/nested_translation.hpp"
#include "proofs/theorems/symbolic_state.hpp"

#include "vmxspec/generated/nested_translation.hpp"

#include <algorithm>

namespace vmxspec::proofs {

namespace {

namespace code = generated;
using nested::FieldRow;
using nested::FieldTable;
using nested::Translation;

struct Symbolic {
    code::Vmcs12<SymbolicWord> s;
    code::Level0<SymbolicWord> l0;
    code::ExitedVmcs02<SymbolicWord> v;
    code::ExitState<SymbolicWord> x;
};

class Family {
public:
    Family(Specification& spec, const Translation& t, const Symbolic& symbolic)
        : spec_{&spec}, t_{&t}, symbolic_{&symbolic} {}

    /// The capability MSRs, and which fields VMCS12 has.
    void offered() {
        std::size_t n = 0;
        code::offered::each_msr(symbolic_->l0, [&](std::uint32_t index, const SymbolicWord& value) {
            const nested::OfferedMsr& row = t_->offered.at(n++);
            const Leaf& leaf = spec_->state.leaves()[row.leaf];
            add("offered/" + leaf.name, index == leaf.key, value.in(spec_->graph) == row.value);
        });
        code::offered::each_field(symbolic_->l0, [&](std::uint32_t encoding, const SymbolicTruth& exists) {
            const std::size_t leaf = *spec_->state.find_field(encoding);
            add("offered/" + spec_->state.leaves()[leaf].name, true,
                exists.in(spec_->graph) == t_->as_l1(nested::field_exists(spec_->state, leaf)));
        });
    }

    void vmcs02() {
        auto row = t_->vmcs02.begin();
        code::vmcs02::each_field(symbolic_->s, symbolic_->l0,
                                 [&](std::uint32_t encoding, const SymbolicTruth& exists, const SymbolicWord& value) {
                                     const Bool real = t_->l0.real(nested::field_exists(spec_->state, row->leaf));
                                     field("vmcs02/", *row++, encoding, exists.in(spec_->graph) == real, value);
                                 });
    }

    /// Rows of one of the tables of the way back; `visit_all` is its generated function.
    template <class VisitAll>
    void way_back(const std::string& name, const FieldTable& table, VisitAll visit_all) {
        auto row = table.begin();
        visit_all([&](std::uint32_t encoding, const SymbolicTruth& changes, const SymbolicWord& value) {
            const Bool same = changes.in(spec_->graph) == row->changes;
            field(name + "/", *row++, encoding, same, value);
        });
    }

    template <class VisitAll>
    void software_loads(const std::string& name, const std::vector<nested::SoftwareLoad>& loads, VisitAll visit_all) {
        auto row = loads.begin();
        visit_all([&](std::uint32_t index, const SymbolicTruth& happens, const SymbolicWord& value) {
            add(name + "/" + std::to_string(index), index == row->index,
                happens.in(spec_->graph) == row->loads && value.in(spec_->graph) == row->value);
            ++row;
        });
    }

    [[nodiscard]] std::vector<Theorem> theorems() && { return std::move(theorems_); }

private:
    void field(const std::string& table, const FieldRow& row, std::uint32_t encoding, Bool also,
               const SymbolicWord& value) {
        const Leaf& leaf = spec_->state.leaves()[row.leaf];
        Graph& graph = spec_->graph;
        const NodeId word = leaf.width == 64 ? row.value : graph.make(Op::extend, 64, {row.value});
        add(table + leaf.name, encoding == leaf.key, also && value.in(graph) == Bits<64>{&graph, word});
    }
    void add(const std::string& what, bool right_place, Bool claim) {
        theorems_.push_back(same_as_spec("nested/" + what, constant(spec_->graph, right_place) && claim));
    }

    Specification* spec_;
    const Translation* t_;
    const Symbolic* symbolic_;
    std::vector<Theorem> theorems_;
};

/// Whoever makes again only the rows that `rows_reading` tells misses none: the others do not depend on the field.
Theorem digest(Specification& spec, const Translation& t) {
    const State& s = spec.state;
    bool complete = true;
    std::size_t n = 0;
    for (const FieldRow& row : t.vmcs02) {
        const auto place = static_cast<code::vmcs02::Row>(n++);
        for (const std::size_t leaf : spec.graph.support(std::array{row.value})) {
            const Leaf& read = s.leaves()[leaf];
            const auto rows = read.source == Source::vmcs ? code::vmcs02::rows_reading(read.key)
                                                          : code::vmcs02::rows_reading_others();
            complete = complete && rows.contains(place);
        }
    }
    return {"generated/nested/rows-reading",
            "the generated table tells of every row of VMCS02 all that its value reads",
            Form::always,
            {},
            constant(spec.graph, complete && n == code::vmcs02::row_count),
            Verdict::proven,
            {}};
}

/// A table of the way back that is visited in two halves: each row is in one of them, with its own value.
class Halves {
public:
    Halves(Specification& spec, const FieldTable& table)
        : spec_{&spec}, table_{&table}, same_{constant(spec.graph, true)} {}

    /// The row of that field, which is met once; null if there is none.
    const FieldRow* meet(std::uint32_t encoding) {
        ++met_;
        for (const FieldRow& row : *table_)
            if (leaf_of(row).key == encoding) return &row;
        complete_ = false;
        return nullptr;
    }
    void meet(std::uint32_t encoding, const SymbolicTruth& changes, const SymbolicWord& value) {
        const FieldRow* const row = meet(encoding);
        if (row == nullptr) return;
        Graph& graph = spec_->graph;
        const NodeId word = leaf_of(*row).width == 64 ? row->value : graph.make(Op::extend, 64, {row->value});
        same_ = same_ && changes.in(graph) == row->changes && value.in(graph) == Bits<64>{&graph, word};
    }
    void require(bool condition) { complete_ = complete_ && condition; }
    [[nodiscard]] const Leaf& leaf_of(const FieldRow& row) const { return spec_->state.leaves()[row.leaf]; }
    [[nodiscard]] Theorem theorem(const char* name) const {
        return same_as_spec(name, constant(spec_->graph, complete_ && met_ == table_->size()) && same_);
    }

private:
    Specification* spec_;
    const FieldTable* table_;
    Bool same_;
    bool complete_ = true;
    std::size_t met_ = 0;
};

/// L0 keeps what `each_host_field` gives until L1 writes a field that `is_host_input` names: that half reads no other
/// field, and besides them only what CPUID says.
Theorem host_rows(Specification& spec, const Translation& t, const Symbolic& symbolic) {
    const State& s = spec.state;
    Halves halves{spec, t.l1};
    std::vector<std::uint32_t> kept;
    code::l1::each_host_field(
        symbolic.s, symbolic.l0, symbolic.v, symbolic.x,
        [&](std::size_t n, std::uint32_t encoding, const SymbolicWord& value) {
            halves.require(n == kept.size());
            kept.push_back(encoding);
            halves.meet(encoding, SymbolicTruth{true}, value);
            for (const FieldRow& row : t.l1)
                if (halves.leaf_of(row).key == encoding)
                    for (const std::size_t leaf : spec.graph.support(std::array{row.value, row.changes.id()}))
                        halves.require(
                            s.leaves()[leaf].source == Source::cpuid ||
                            (s.leaves()[leaf].source == Source::vmcs && code::l1::is_host_input(s.leaves()[leaf].key)));
        });
    code::l1::each_exit_field(symbolic.s, symbolic.l0, symbolic.v, symbolic.x,
                              [&](std::uint32_t encoding, const SymbolicTruth& changes, const SymbolicWord& value) {
                                  halves.meet(encoding, changes, value);
                              });
    std::size_t encodings = 0;
    code::l1::each_host_encoding([&](std::size_t n, std::uint32_t encoding) {
        halves.require(n == encodings++ && n < kept.size() && kept[n] == encoding);
    });
    halves.require(kept.size() == code::l1::host_row_count && encodings == kept.size());
    return halves.theorem("nested/host-rows");
}

/// L0 copies from VMCS02 to VMCS12 by VMREAD what `each_copy` names, and does not read it for anything else.
Theorem copies(Specification& spec, const Translation& t, const Symbolic& symbolic) {
    const State& s = spec.state;
    Halves halves{spec, t.saved};
    auto members = symbolic.s;
    auto read = symbolic.v;
    code::saved::each_copy(members, [&](std::uint32_t encoding, const SymbolicWord& member) {
        code::each_exited_field(
            read, [&](std::uint32_t other, const SymbolicWord& /*member*/) { halves.require(other != encoding); });
        if (const FieldRow* const row = halves.meet(encoding)) {
            for (const FieldTable* const table : {&t.saved, &t.l1})
                for (const FieldRow& other : *table) {
                    const auto read_there = spec.graph.support(std::array{other.value, other.changes.id()});
                    halves.require(&other == row || std::ranges::count(read_there, spec.graph[row->value].value) == 0);
                }
            const NodeId node = s.node(row->leaf);
            const bool is_wide = halves.leaf_of(*row).width == 64;
            halves.require(row->value == t.exited(node) && row->changes.id() == constant(spec.graph, true).id());
            halves.require(member.in(spec.graph).id() == (is_wide ? node : spec.graph.make(Op::extend, 64, {node})));
        }
    });
    code::saved::each_member(members, symbolic.l0, symbolic.v, symbolic.x,
                             [&](std::uint32_t encoding, const SymbolicTruth& changes, const SymbolicWord& value,
                                 const SymbolicWord& /*member*/) { halves.meet(encoding, changes, value); });
    return halves.theorem("nested/copies");
}

}  // namespace

std::vector<Theorem> generated_nested_theorems(Specification& spec) {
    const Translation t{spec};
    const Symbolic symbolic{symbolic_by_name<code::Vmcs12<SymbolicWord>>(spec),
                            symbolic_by_name<code::Level0<SymbolicWord>>(spec),
                            symbolic_by_name<code::ExitedVmcs02<SymbolicWord>>(spec),
                            symbolic_by_name<code::ExitState<SymbolicWord>>(spec)};
    const auto& s = symbolic.s;  // no structured binding: lambdas capture none in C++20 as clang 14 has it
    const auto& l0 = symbolic.l0;
    const auto& v = symbolic.v;
    const auto& x = symbolic.x;
    Family family{spec, t, symbolic};
    family.offered();
    family.vmcs02();
    family.way_back("saved", t.saved, [&](auto visit) { code::saved::each_field(s, l0, v, x, visit); });
    family.way_back("l1", t.l1, [&](auto visit) { code::l1::each_field(s, l0, v, x, visit); });
    family.software_loads("entry-loads", t.entry_loads, [&](auto visit) { code::each_entry_software_load(s, visit); });
    family.software_loads("exit-loads", t.exit_loads, [&](auto visit) { code::each_exit_software_load(s, visit); });
    std::vector<Theorem> theorems = std::move(family).theorems();
    theorems.push_back(digest(spec, t));
    theorems.push_back(host_rows(spec, t, symbolic));
    theorems.push_back(copies(spec, t, symbolic));
    return theorems;
}

}  // namespace vmxspec::proofs
