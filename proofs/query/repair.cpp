#include "proofs/query/repair.hpp"

#include "proofs/smt/solver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace vmxspec::query {

namespace {

constexpr std::uint32_t efer_index = 0xc0000080;
constexpr unsigned a_value = 1 << 16;  ///< weighs more than the bits of all values together

class Search {
public:
    Search(Specification& spec, const KnownState& known, const Judgement& judgement)
        : spec_{spec}, known_{known}, judgement_{judgement}, optimizer_{spec.graph, {1'500, 7}} {}

    std::optional<Repair> run(const std::set<std::size_t>& fields, const std::set<std::size_t>& entries) {
        for (std::size_t n = 0; n < known_.values().size(); ++n) bind(n, fields.contains(n));
        for (const Rule& rule : spec_.rules)
            if (rule.kind == RuleKind::check && judged(rule, std::nullopt)) optimizer_.require(rule.condition);
        area(entries);
        if (optimizer_.check() != smt::Satisfiability::satisfiable) return std::nullopt;
        Repair repair;
        for (const std::size_t n : fields)
            add(repair, {std::nullopt, n, *known_.value(n), optimizer_.value(spec_.state.node(n))});
        for (const auto& [k, leaf] : data_)
            add(repair, {k, leaf, *known_.entry_msr_load[k].data, optimizer_.value(spec_.state.node(leaf))});
        return repair;
    }

private:
    /// A rule that cannot be judged now is left alone: its values are the user's to find out.
    [[nodiscard]] bool judged(const Rule& rule, std::optional<std::size_t> entry) const {
        return std::ranges::none_of(judgement_.undecided,
                                    [&](const Finding& f) { return f.rule == &rule && f.msr_entry == entry; });
    }

    static void add(Repair& repair, Change change) {
        if (change.from != change.to) repair.changes.push_back(change);
    }

    [[nodiscard]] Bool equals(NodeId node, std::uint64_t mask, std::uint64_t value) {
        Graph& g = spec_.graph;
        const unsigned width = g[node].width;
        if (width == 0) return value != 0 ? Bool{&g, node} : !Bool{&g, node};
        const NodeId masked =
            g.make(Op::bit_and, width, {node, g.make(Op::constant, width, {}, mask & low_bits(width))});
        return {&g, g.make(Op::equal, 0, {masked, g.make(Op::constant, width, {}, value & mask & low_bits(width))})};
    }

    /// Keep the value if possible; failing that, as many of its bits as possible.
    void prefer(NodeId node, std::uint64_t value) {
        const unsigned width = std::max<unsigned>(1, spec_.graph[node].width);
        optimizer_.wish(equals(node, ~std::uint64_t{0}, value), a_value);
        for (unsigned bit = 0; bit < width; ++bit) optimizer_.wish(equals(node, std::uint64_t{1} << bit, value), 1);
    }

    void bind(std::size_t n, bool free) {
        const Known known = known_.values()[n];
        if (known.known == 0) return;
        if (free) {
            prefer(spec_.state.node(n), known.value);
        } else {
            optimizer_.require(equals(spec_.state.node(n), known.known, known.value));
        }
    }

    /// The area unrolled, with the data of the chosen entries free.
    void area(const std::set<std::size_t>& entries) {
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
                if (*entry.index == efer_index) optimizer_.require(Bits<64>{&spec_.graph, s.node(data)} == after);
            } else {
                optimizer_.require(equals(s.node(data), ~std::uint64_t{0}, *entry.data));
            }
            efer = after;
        }
    }

    Specification& spec_;
    const KnownState& known_;
    const Judgement& judgement_;
    smt::Optimizer optimizer_;
    std::vector<std::pair<std::size_t, std::size_t>> data_;  ///< entry of the area, leaf of its data
};

/// Fields of the VMCS that software writes and whose value is known.
bool can_change(const KnownState& known, std::size_t n) {
    const Leaf& leaf = known.state().leaves()[n];
    return leaf.source == Source::vmcs && Encoding{leaf.key}.area() != Area::read_only && known.value(n).has_value();
}

/// Fields that the rules which read one of these fields read besides.
std::set<std::size_t> neighbours(const Specification& spec, const KnownState& known,
                                 const std::set<std::size_t>& fields) {
    std::set<std::size_t> more = fields;
    for (const Rule& rule : spec.rules) {
        const std::vector<std::size_t> reads = spec.graph.support(std::array{rule.condition.id()});
        if (std::ranges::none_of(reads, [&](std::size_t n) { return fields.contains(n); })) continue;
        for (const std::size_t n : reads)
            if (can_change(known, n)) more.insert(n);
    }
    return more;
}

bool sound(const Specification& spec, const KnownState& after, const Judgement& before) {
    const Judgement judgement = judge(spec, after);
    return judgement.violated.empty() && judgement.undecided.size() <= before.undecided.size();
}

}  // namespace

KnownState repaired(const KnownState& state, const Repair& repair) {
    KnownState result = state;
    for (const Change& change : repair.changes) {
        if (change.msr_entry) {
            result.entry_msr_load.at(*change.msr_entry).data = change.to;
        } else {
            result.set_bits(change.leaf, Known::exactly(change.to, state.state().leaves()[change.leaf].width),
                            Standing::given);
        }
    }
    return result;
}

std::vector<Repair> repairs(Specification& spec, const KnownState& state, const Judgement& judgement) {
    if (judgement.violated.empty()) return {};
    // What the broken rules are about: an entry of the MSR-load area is repaired in the entry, for the guest state is
    // what the guest needs; a field in the fields that its rule compares. Where that is not enough, the fields that
    // further rules tie to them may change too.
    std::set<std::size_t> fields;
    std::set<std::size_t> entries;
    for (const Finding& finding : judgement.violated) {
        if (finding.msr_entry) {
            if (state.entry_msr_load[*finding.msr_entry].data) entries.insert(*finding.msr_entry);
            continue;
        }
        for (const std::size_t n : finding.leaves)
            if (can_change(state, n)) fields.insert(n);
    }
    for (unsigned round = 0; round < 3; ++round) {
        const std::optional<Repair> repair = Search{spec, state, judgement}.run(fields, entries);
        if (repair && sound(spec, repaired(state, *repair), judgement)) return {*repair};
        if (fields.empty())
            for (const Finding& finding : judgement.violated)
                for (const std::size_t n : finding.leaves)
                    if (can_change(state, n)) fields.insert(n);
        fields = neighbours(spec, state, fields);
    }
    return {};
}

}  // namespace vmxspec::query
