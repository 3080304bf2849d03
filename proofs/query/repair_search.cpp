#include "proofs/query/repair_search.hpp"
#include "spec/load/msr_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace vmxspec::query {

namespace {

constexpr unsigned a_value = 1 << 16;  ///< weighs more than the bits of all values together
constexpr unsigned seed = 7;

}  // namespace

RepairSearch::RepairSearch(Specification& spec, const KnownState& known, const Judgement& judgement,
                           std::set<std::size_t> fields, const std::set<std::size_t>& entries, unsigned milliseconds)
    : spec_{spec},
      known_{known},
      judgement_{judgement},
      fields_{std::move(fields)},
      optimizer_{spec.graph, {milliseconds, seed}} {
    for (std::size_t n = 0; n < known_.values().size(); ++n) bind(n);
    for (const Rule& rule : spec_.rules)
        if (rule.kind == RuleKind::check && judged(rule, std::nullopt)) optimizer_.require(rule.condition);
    area(entries);
}

std::optional<Repair> RepairSearch::next() {
    if (optimizer_.check() != smt::Satisfiability::satisfiable) return std::nullopt;
    Repair repair;
    const auto add = [&](std::optional<std::size_t> entry, std::size_t leaf, std::uint64_t from) {
        const std::uint64_t to = optimizer_.value(spec_.state.node(leaf));
        if (from != to) repair.changes.push_back({entry, leaf, from, to, {}});
    };
    for (const std::size_t n : fields_) add(std::nullopt, n, *known_.value(n));
    for (const auto& [k, leaf] : data_) add(k, leaf, *known_.entry_msr_load[k].data);
    return repair;
}

void RepairSearch::forbid_all(const Repair& repair) {
    Bool other = constant(spec_.graph, false);
    for (const Change& change : repair.changes) other = other || !made(change);
    optimizer_.require(other);
}

void RepairSearch::forbid_any(const Repair& repair) {
    for (const Change& change : repair.changes) optimizer_.require(!made(change));
}

Bool RepairSearch::made(const Change& change) {
    return equals(spec_.state.node(change.leaf), change.from ^ change.to, change.to);
}

void RepairSearch::keep_for_all(const Rule& rule) {
    Graph& g = spec_.graph;
    for (const std::uint64_t bits : {std::uint64_t{0}, ~std::uint64_t{0}}) {
        std::map<std::size_t, NodeId> fixed;
        for (const std::size_t n : g.support(std::array{rule.condition.id()})) {
            const Known known = known_.values()[n];
            const unsigned width = g[spec_.state.node(n)].width;
            if (known.complete(std::max(1U, width))) continue;
            fixed[n] =
                g.make(Op::constant, width, {}, ((bits & ~known.known) | known.value) & low_bits(std::max(1U, width)));
        }
        optimizer_.require({&g, g.substitute(rule.condition.id(), fixed)});
    }
}

/// A rule that cannot be judged now is left alone: its values are the user's to find out.
bool RepairSearch::judged(const Rule& rule, std::optional<std::size_t> entry) const {
    return std::ranges::none_of(judgement_.undecided,
                                [&](const Finding& f) { return f.rule == &rule && f.msr_entry == entry; });
}

Bool RepairSearch::equals(NodeId node, std::uint64_t mask, std::uint64_t value) {
    Graph& g = spec_.graph;
    const unsigned width = g[node].width;
    if (width == 0) return value != 0 ? Bool{&g, node} : !Bool{&g, node};
    const NodeId masked = g.make(Op::bit_and, width, {node, g.make(Op::constant, width, {}, mask & low_bits(width))});
    return {&g, g.make(Op::equal, 0, {masked, g.make(Op::constant, width, {}, value & mask & low_bits(width))})};
}

/// Keep the value if possible; failing that, as many of its bits as possible.
void RepairSearch::prefer(NodeId node, std::uint64_t value) {
    const unsigned width = std::max<unsigned>(1, spec_.graph[node].width);
    optimizer_.wish(equals(node, ~std::uint64_t{0}, value), a_value);
    for (unsigned bit = 0; bit < width; ++bit) optimizer_.wish(equals(node, std::uint64_t{1} << bit, value), 1);
}

void RepairSearch::bind(std::size_t leaf) {
    const Known known = known_.values()[leaf];
    if (known.known == 0) return;
    if (fields_.contains(leaf)) {
        prefer(spec_.state.node(leaf), known.value);
    } else {
        optimizer_.require(equals(spec_.state.node(leaf), known.known, known.value));
    }
}

/// The area unrolled, with the data of the chosen entries free.
void RepairSearch::area(const std::set<std::size_t>& entries) {
    State& s = spec_.state;
    Bits<64> efer = spec_.loaded.efer;
    for (std::size_t k = 0; k < known_.entry_msr_load.size(); ++k) {
        const MsrAreaEntry& entry = known_.entry_msr_load[k];
        if (!entry.index || !entry.reserved || !entry.data) return;
        const std::string name = fmt::format("msr_entry[{}].data", k);
        const std::size_t* there = s.find(name);
        const std::size_t data = there != nullptr ? *there : s.add_copy(s.leaf("msr_entry.data"), name);
        const std::map<std::size_t, NodeId> step{
            {s.leaf("msr_entry.index"), Bits<32>{s.msr_entry.index}.same(*entry.index).id()},
            {s.leaf("msr_entry.reserved"), Bits<32>{s.msr_entry.reserved}.same(*entry.reserved).id()},
            {s.leaf("msr_entry.data"), s.node(data)},
            {s.leaf("msr_entry.efer_before"), efer.id()},
        };
        const auto in_step = [&](NodeId node) { return spec_.graph.substitute(node, step); };
        for (const Rule& rule : spec_.msr_load.rules)
            if (rule.kind == RuleKind::check && judged(rule, k))
                optimizer_.require({&spec_.graph, in_step(rule.condition.id())});
        const Bits<64> after{&spec_.graph, in_step(spec_.msr_load.efer_after.id())};
        if (entries.contains(k)) {
            data_.emplace_back(k, data);
            prefer(s.node(data), *entry.data);
            // LMA is read-only: propose the value that the MSR will hold, not one whose LMA is ignored.
            if (*entry.index == load::ia32_efer) optimizer_.require(Bits<64>{&spec_.graph, s.node(data)} == after);
        } else {
            optimizer_.require(equals(s.node(data), ~std::uint64_t{0}, *entry.data));
        }
        efer = after;
    }
}

}  // namespace vmxspec::query
