#include "proofs/catalogue/example.hpp"
#include "proofs/vectors/condition.hpp"
#include "proofs/vectors/family.hpp"

#include <memory>

namespace vmxspec::vectors {

namespace {

/// All leaves of the machine; what is unknown of it is 0.
std::vector<std::uint64_t> machine(const KnownState& base) {
    std::vector<std::uint64_t> values;
    for (const Known& known : base.values()) values.push_back(known.value & known.known);
    return values;
}

/// A state that enters, from which examples are searched.
struct Ground {
    KnownState state;
    Vector from;      ///< what is in the state and not in the base state
    bool conditions;  ///< whether circumstances of the entry may change, and what is in memory
};

/// The probe's own state; the same with operands in memory, for which fields point to its pages; legacy protected mode.
std::vector<Ground> grounds(const Collection& collection) {
    const State& s = collection.base().state();
    const std::uint64_t revision = collection.base().value("capability.basic").value_or(0) & low_bits(31);
    const Vector operands{"", {{s.leaf("memory.link_word"), revision}, {s.leaf("memory.vtpr"), 0}}};
    const Vector pdptes{"", {{s.leaf("memory.pdpte0"), 0}}};
    std::vector<Ground> list{{collection.base(), {}, false},
                             {collection.state(operands), operands, true},
                             {collection.state(pdptes), pdptes, true}};
    Vector legacy;
    legacy.legacy = true;
    if (collection.bases().legacy) list.push_back({*collection.bases().legacy, legacy, false});
    return list;
}

/// What a vector cannot change: the processor, its mode, and memory but for what conditions give a value. Fields that
/// point to operands stay where they point.
bool is_fixed(const Collection& collection, const Ground& ground, std::size_t leaf) {
    const Leaf& one = collection.base().state().leaves()[leaf];
    if (one.source == Source::vmcs)
        return !collection.is_field(leaf) ||
               (ground.conditions &&
                (one.name == "guest.link_pointer" || one.name == "guest.cr3" || one.name == "control.virtual_apic"));
    if (one.name.starts_with("msr_entry.")) return false;
    if (!ground.conditions || !is_condition(collection.base().state(), leaf)) return true;
    return one.name.starts_with("memory.") && !ground.from.fields.contains(leaf) &&
           !(one.name.starts_with("memory.pdpte") &&
             ground.from.fields.contains(collection.base().state().leaf("memory.pdpte0")));
}

/// The single bit of a changed field that, put back, makes the vector keep all rules; or else all of them put back.
Vector kept(const Collection& collection, const Vector& broken, const Vector& from) {
    const State& s = collection.base().state();
    Vector nearest = broken;
    nearest.id += "/kept";
    for (const auto& [leaf, value] : broken.fields) {
        for (unsigned bit = 0; bit < s.leaves()[leaf].width; ++bit) {
            nearest.fields = broken.fields;
            nearest.fields[leaf] = value ^ std::uint64_t{1} << bit;
            if (s.leaves()[leaf].source == Source::state && nearest.fields[leaf] == 0 &&
                !condition(s, leaf, 0).has_value())
                nearest.fields.erase(leaf);
            if (query::judge(collection.specification(), collection.state(nearest)).violated.empty()) return nearest;
        }
    }
    nearest = from;
    nearest.id = broken.id + "/kept";
    return nearest;
}

Vector vector_of(const State& s, const Rule& rule, const catalogue::Example& example, const Vector& from,
                 bool has_entry) {
    Vector vector = from;
    vector.id = "rule/" + rule.id;
    MsrAreaEntry entry{0, 0, 0, {}};
    for (const catalogue::Change& change : example.changes) {
        const std::string& name = s.leaves()[change.leaf].name;
        if (name == "msr_entry.index") {
            entry.index = static_cast<std::uint32_t>(change.to);
        } else if (name == "msr_entry.reserved") {
            entry.reserved = static_cast<std::uint32_t>(change.to);
        } else if (name == "msr_entry.data") {
            entry.data = change.to;
        } else if (!name.starts_with("msr_entry.")) {
            vector.fields[change.leaf] = change.to;
        }
    }
    if (has_entry) vector.entry_msr_load = {entry};
    return vector;
}

}  // namespace

void rule_examples(Collection& collection, Specification& spec) {
    std::vector<Ground> bases = grounds(collection);
    std::vector<std::unique_ptr<catalogue::ExampleSearch>> searches;
    for (const Ground& ground : bases)
        searches.push_back(std::make_unique<catalogue::ExampleSearch>(
            spec, machine(ground.state), [&](std::size_t leaf) { return is_fixed(collection, ground, leaf); }));
    for (const RuleTable* table : {&spec.rules, &spec.msr_load.rules}) {
        for (const Rule& rule : *table) {
            if (rule.kind != RuleKind::check) continue;
            for (std::size_t n = 0; n < bases.size(); ++n) {
                const catalogue::Example example = (*searches[n])(rule);
                if (example.changes.empty()) continue;
                const Vector vector =
                    vector_of(spec.state, rule, example, bases[n].from, table == &spec.msr_load.rules);
                collection.offer(vector);
                collection.offer(kept(collection, vector, bases[n].from));
                break;
            }
        }
    }
}

}  // namespace vmxspec::vectors
