#include "proofs/catalogue/example.hpp"
#include "proofs/query/premise.hpp"
#include "proofs/vectors/family.hpp"
#include "proofs/vectors/unbreakable.hpp"

#include <algorithm>
#include <map>

namespace vmxspec::vectors {

namespace {

/// What a vector cannot change: the processor, its mode, and memory.
bool is_fixed(const Leaf& leaf) { return leaf.source != Source::vmcs && !leaf.name.starts_with("msr_entry."); }

constexpr std::uint32_t ia32_star = 0xc0000081;  ///< takes any value

/// All leaves of the machine; what is unknown of it is 0. The entry of an MSR-load area is one that is accepted.
std::vector<std::uint64_t> machine(const KnownState& base) {
    std::vector<std::uint64_t> values;
    for (const Known& known : base.values()) values.push_back(known.value & known.known);
    values[base.state().leaf("msr_entry.index")] = ia32_star;
    return values;
}

/// The single bit of a changed field that, put back, makes the vector keep all rules; or else all of them put back.
Vector kept(const Collection& collection, const Vector& broken) {
    for (const auto& [leaf, value] : broken.fields) {
        for (unsigned bit = 0; bit < collection.base().state().leaves()[leaf].width; ++bit) {
            Vector nearest{broken.id + "/kept", broken.fields, broken.entry_msr_load};
            nearest.fields[leaf] = value ^ std::uint64_t{1} << bit;
            if (query::judge(collection.specification(), collection.state(nearest)).violated.empty()) return nearest;
        }
    }
    return {broken.id + "/kept", {}, {}};
}

/// The values as evaluation takes them.
std::vector<Known> known(const State& state, const std::vector<std::uint64_t>& values) {
    std::vector<Known> list;
    for (std::size_t n = 0; n < values.size(); ++n)
        list.push_back(Known::exactly(values[n], std::max(state.leaves()[n].width, 1U)));
    return list;
}

/// The vector of these changes.
Vector vector_of(const Collection& collection, const std::string& id, const catalogue::Example& example,
                 bool has_entry) {
    Vector vector{id, {}, {}};
    MsrAreaEntry entry{ia32_star, 0, 0, {}};
    for (const catalogue::Change& change : example.changes) {
        const Leaf& leaf = collection.base().state().leaves()[change.leaf];
        if (leaf.name == "msr_entry.index") {
            entry.index = static_cast<std::uint32_t>(change.to);
        } else if (leaf.name == "msr_entry.reserved") {
            entry.reserved = static_cast<std::uint32_t>(change.to);
        } else if (leaf.name == "msr_entry.data") {
            entry.data = change.to;
        } else if (leaf.source == Source::vmcs) {
            vector.fields[change.leaf] = change.to;
        }
    }
    if (has_entry) vector.entry_msr_load = {entry};
    return vector;
}

}  // namespace

void rule_examples(Collection& collection, Specification& spec) {
    const State& s = spec.state;
    const auto fixed = [&](std::size_t leaf) {
        return is_fixed(s.leaves()[leaf]) || (s.leaves()[leaf].source == Source::vmcs && !collection.is_field(leaf));
    };
    std::map<std::string, Bool> premises;  // before the solvers see the graph
    for (const RuleTable* table : spec.entry_tables())
        for (const Rule& rule : *table)
            premises.emplace(rule.id, query::premise(spec.graph, rule.condition.id()) && rule.condition);
    const std::vector<std::uint64_t> values = machine(collection.base());
    const Evaluation ordinary{spec.graph, known(s, values)};
    catalogue::ExampleSearch search{spec, values, fixed};
    Unbreakable unbreakable{spec, collection.base(), fixed};
    for (const RuleTable* table : spec.entry_tables()) {
        for (const Rule& rule : *table) {
            if (rule.kind != RuleKind::check) continue;
            const bool has_entry = table == &spec.msr_load.rules;
            const std::string id = "rule/" + rule.id;
            const catalogue::Example broken = search(rule);
            if (broken.changes.empty()) {
                collection.leave_out(unbreakable(rule));
            } else {
                const Vector vector = vector_of(collection, id, broken, has_entry);
                if (const auto reason = collection.offer(vector))
                    collection.leave_out({rule.id, false, LeftOut::Kind::unsafe, true, {}, *reason});
                collection.offer(kept(collection, vector));
            }
            // The other side: kept where it applies, unless the base state does that.
            const bool ordinary_does = ordinary.truth(premises.at(rule.id).id()) == true;
            if (ordinary_does && !has_entry) continue;
            Rule other = rule;
            other.id += " kept";
            other.condition = !premises.at(rule.id);
            const catalogue::Example keeps = search(other);
            if (keeps.changes.empty() && !ordinary_does) {
                collection.leave_out(unbreakable.keeping(rule, other));
            } else if (const auto reason = collection.offer(vector_of(collection, id + "/applies", keeps, has_entry))) {
                collection.leave_out({rule.id, true, LeftOut::Kind::unsafe, true, {}, *reason});
            }
        }
    }
}

}  // namespace vmxspec::vectors
