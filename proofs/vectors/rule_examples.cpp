#include "proofs/catalogue/example.hpp"
#include "proofs/vectors/family.hpp"

#include <algorithm>

namespace vmxspec::vectors {

namespace {

/// What a vector cannot change: the processor, its mode, and memory.
bool is_fixed(const Leaf& leaf) { return leaf.source != Source::vmcs && !leaf.name.starts_with("msr_entry."); }

/// All leaves of the machine; what is unknown of it is 0.
std::vector<std::uint64_t> machine(const KnownState& base) {
    std::vector<std::uint64_t> values;
    for (const Known& known : base.values()) values.push_back(known.value & known.known);
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

}  // namespace

void rule_examples(Collection& collection, Specification& spec) {
    const State& s = spec.state;
    const auto fixed = [&](std::size_t leaf) {
        return is_fixed(s.leaves()[leaf]) || (s.leaves()[leaf].source == Source::vmcs && !collection.is_field(leaf));
    };
    catalogue::ExampleSearch search{spec, machine(collection.base()), fixed};
    for (const RuleTable* table : {&spec.rules, &spec.msr_load.rules}) {
        for (const Rule& rule : *table) {
            if (rule.kind != RuleKind::check) continue;
            const catalogue::Example example = search(rule);
            if (example.changes.empty()) continue;
            Vector vector{"rule/" + rule.id, {}, {}};
            MsrAreaEntry entry{0, 0, 0, {}};
            bool has_entry = table == &spec.msr_load.rules;
            for (const catalogue::Change& change : example.changes) {
                const std::string& name = s.leaves()[change.leaf].name;
                if (name == "msr_entry.index") {
                    entry.index = static_cast<std::uint32_t>(change.to);
                } else if (name == "msr_entry.reserved") {
                    entry.reserved = static_cast<std::uint32_t>(change.to);
                } else if (name == "msr_entry.data") {
                    entry.data = change.to;
                } else if (s.leaves()[change.leaf].source == Source::vmcs) {
                    vector.fields[change.leaf] = change.to;
                }
            }
            if (has_entry) vector.entry_msr_load = {entry};
            collection.offer(vector);
            collection.offer(kept(collection, vector));
        }
    }
}

}  // namespace vmxspec::vectors
