#include "proofs/catalogue/example.hpp"
#include "proofs/query/premise.hpp"
#include "proofs/state/machine_values.hpp"
#include "proofs/vectors/condition.hpp"
#include "proofs/vectors/family.hpp"
#include "proofs/vectors/unbreakable.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>

namespace vmxspec::vectors {

namespace {

constexpr std::uint32_t ia32_star = 0xc0000081;  ///< takes any value

/// All leaves of the machine. The entry of an MSR-load area is one that is accepted.
std::vector<std::uint64_t> machine(const KnownState& base) {
    std::vector<std::uint64_t> values = machine_values(base);
    values[base.state().leaf("msr_entry.index")] = ia32_star;
    return values;
}

/// The values as evaluation takes them.
std::vector<Known> known(const State& state, const std::vector<std::uint64_t>& values) {
    std::vector<Known> list;
    for (std::size_t n = 0; n < values.size(); ++n)
        list.push_back(Known::exactly(values[n], std::max(state.leaves()[n].width, 1U)));
    return list;
}

/// A state that enters, from which examples are searched.
struct Ground {
    KnownState state;
    Vector from;                          ///< what is in the state and not in the base state
    std::vector<std::size_t> conditions;  ///< leaves that are no fields and may change
    std::vector<std::size_t> about;       ///< leaves that a rule has to read to be searched from here; empty: any
    bool operands = false;                ///< fields point to operands in memory, and go on to do so
};

/// The probe's own state; the same with operands in memory, for which fields point to its pages; legacy protected mode.
std::vector<Ground> grounds(const Collection& collection) {
    const State& s = collection.base().state();
    const auto leaves = [&](std::initializer_list<const char*> names) {
        std::vector<std::size_t> list;
        for (const char* name : names) list.push_back(s.leaf(name));
        return list;
    };
    const std::uint64_t revision = collection.base().value("capability.basic").value_or(0) & low_bits(31);
    const Vector operands{"", {{s.leaf("memory.link_word"), revision}, {s.leaf("memory.vtpr"), 0}}};
    const Vector pdptes{"", {{s.leaf("memory.pdpte0"), 0}}};
    Vector legacy;
    legacy.legacy = true;
    const std::vector<std::size_t> bytes_and_circumstances =
        leaves({"memory.link_word", "memory.vtpr", "before.vmresume", "before.launched", "before.blocking_by_mov_ss",
                "before.current_is_shadow", "before.current_vmcs"});
    const std::vector<std::size_t> entries =
        leaves({"memory.pdpte0", "memory.pdpte1", "memory.pdpte2", "memory.pdpte3"});
    std::vector<Ground> list{
        {collection.base(), {}, {}, {}, false},
        {collection.state(operands), operands, bytes_and_circumstances, bytes_and_circumstances, true},
        {collection.state(pdptes), pdptes, entries, entries, true}};
    // There "host address-space size" is 0, which no VM entry of a host in IA-32e mode can say.
    if (collection.bases().legacy)
        list.push_back({*collection.bases().legacy, legacy, {}, leaves({"before.efer", "control.exit"}), false});
    return list;
}

/// What a vector cannot change: the processor, its mode, and memory but for what conditions give a value. Fields that
/// point to operands stay where they point.
bool is_fixed(const Collection& collection, const Ground& ground, std::size_t leaf) {
    const Leaf& one = collection.base().state().leaves()[leaf];
    if (one.source == Source::vmcs) {
        const bool points =
            one.name == "guest.link_pointer" || one.name == "guest.cr3" || one.name == "control.virtual_apic";
        return !collection.is_field(leaf) || (ground.operands && points);
    }
    if (one.name.starts_with("msr_entry.")) return false;
    return std::ranges::find(ground.conditions, leaf) == ground.conditions.end();
}

/// The single bit of a changed field that, put back, makes the vector keep all rules; or else all of them put back.
Vector kept(const Collection& collection, const Vector& broken, const Vector& from) {
    const State& s = collection.base().state();
    Vector nearest = broken;
    nearest.id += "/kept";
    for (const auto& [leaf, value] : broken.fields) {
        for (unsigned bit = 0; bit < std::max(s.leaves()[leaf].width, 1U); ++bit) {
            nearest.fields = broken.fields;
            nearest.fields[leaf] = value ^ std::uint64_t{1} << bit;
            // A circumstance that there is not is none.
            if (is_condition(s, leaf) && !condition(s, leaf, nearest.fields[leaf])) nearest.fields.erase(leaf);
            if (query::judge(collection.specification(), collection.state(nearest)).violated.empty()) return nearest;
        }
    }
    nearest = from;
    nearest.id = broken.id + "/kept";
    return nearest;
}

/// The vector of these changes.
Vector vector_of(const Collection& collection, const std::string& id, const catalogue::Example& example,
                 const Vector& from, bool has_entry) {
    Vector vector = from;
    vector.id = id;
    MsrAreaEntry entry{ia32_star, 0, 0, {}};
    for (const catalogue::Change& change : example.changes) {
        const Leaf& leaf = collection.base().state().leaves()[change.leaf];
        if (leaf.name == "msr_entry.index") {
            entry.index = static_cast<std::uint32_t>(change.to);
        } else if (leaf.name == "msr_entry.reserved") {
            entry.reserved = static_cast<std::uint32_t>(change.to);
        } else if (leaf.name == "msr_entry.data") {
            entry.data = change.to;
        } else if (!leaf.name.starts_with("msr_entry.")) {
            vector.fields[change.leaf] = change.to;
        }
    }
    if (has_entry) vector.entry_msr_load = {entry};
    return vector;
}

class RuleExamples {
public:
    RuleExamples(Collection& collection, Specification& spec)
        : collection_{collection}, spec_{spec}, grounds_{grounds(collection)} {
        // Before the solvers see the graph.
        for (const RuleTable* table : spec.entry_tables())
            for (const Rule& rule : *table)
                premises_.emplace(rule.id, query::premise(spec.graph, rule.condition.id()) && rule.condition);
        for (const Ground& ground : grounds_)
            searches_.push_back(
                std::make_unique<catalogue::ExampleSearch>(spec, machine(ground.state), fixed_by({&ground, 1})));
        // What conditions can change is no ground for a proof that no vector breaks a rule; if the solver needs it, the
        // probe's own state is what the reason is about.
        // A sample needs no reasons: nobody asks whether it is complete.
        if (collection.is_sample()) return;
        unbreakable_.push_back(std::make_unique<Unbreakable>(spec, collection.base(), fixed_by(grounds_)));
        unbreakable_.push_back(std::make_unique<Unbreakable>(spec, collection.base(), fixed_by({grounds_.data(), 1})));
        if (collection.bases().legacy)
            unbreakable_.push_back(
                std::make_unique<Unbreakable>(spec, *collection.bases().legacy, fixed_by({grounds_.data(), 1})));
    }

    void run() {
        const Evaluation ordinary{spec_.graph, known(spec_.state, machine(collection_.base()))};
        for (const RuleTable* table : spec_.entry_tables()) {
            for (const Rule& rule : *table) {
                if (rule.kind != RuleKind::check) continue;
                const bool has_entry = table == &spec_.msr_load.rules;
                broken(rule, has_entry);
                // The other side, of a sample of rules in a sample: kept where it applies, unless the base state does
                // that.
                if (++looked_ % collection_.every() != 0) continue;
                const bool ordinary_does = ordinary.truth(premises_.at(rule.id).id()) == true;
                if (!ordinary_does || has_entry) applied(rule, has_entry, ordinary_does);
            }
        }
    }

private:
    struct Found {
        catalogue::Example example;
        const Vector* from = nullptr;
    };

    /// Leaves that are fixed in each of the grounds.
    std::function<bool(std::size_t)> fixed_by(std::span<const Ground> list) const {
        return [this, list](std::size_t leaf) {
            return std::ranges::all_of(list, [&](const Ground& ground) { return is_fixed(collection_, ground, leaf); });
        };
    }

    bool is_about(const Ground& ground, const Rule& rule) const {
        if (ground.about.empty()) return true;
        const std::vector<std::size_t> reads = spec_.graph.support(std::array{rule.condition.id()});
        return std::ranges::any_of(ground.about,
                                   [&](std::size_t leaf) { return std::ranges::find(reads, leaf) != reads.end(); });
    }

    Found search(const Rule& rule) {
        for (std::size_t n = 0; n < grounds_.size(); ++n) {
            if (!is_about(grounds_[n], rule)) continue;
            catalogue::Example example = (*searches_[n])(rule);
            if (!example.changes.empty()) return {std::move(example), &grounds_[n].from};
        }
        return {};
    }

    void broken(const Rule& rule, bool has_entry) {
        const std::string id = "rule/" + rule.id;
        const Found found = search(rule);
        if (found.from == nullptr) return leave_out([&](Unbreakable& why) { return why(rule); });
        const Vector vector = vector_of(collection_, id, found.example, *found.from, has_entry);
        if (const auto danger = collection_.offer(vector))
            collection_.leave_out({rule.id, false, LeftOut::Kind::unsafe, true, {}, *danger});
        collection_.offer(kept(collection_, vector, *found.from));
    }

    void applied(const Rule& rule, bool has_entry, bool ordinary_does) {
        Rule other = rule;
        other.id += " kept";
        other.condition = !premises_.at(rule.id);
        const Found found = search(other);
        if (found.from == nullptr) {
            if (!ordinary_does) leave_out([&](Unbreakable& why) { return why.keeping(rule, other); });
            return;
        }
        const std::string id = "rule/" + rule.id + "/applies";
        if (const auto danger = collection_.offer(vector_of(collection_, id, found.example, *found.from, has_entry)))
            collection_.leave_out({rule.id, true, LeftOut::Kind::unsafe, true, {}, *danger});
    }

    template <class F>
    void leave_out(F why) {
        if (unbreakable_.empty()) return;
        LeftOut reason;
        try {
            reason = why(*unbreakable_[0]);
        } catch (const std::logic_error&) {
            reason = why(*unbreakable_[1]);
        }
        // What the probe's mode forbids may be what the processor forbids in the other.
        if (reason.by_probe && unbreakable_.size() > 2) {
            const LeftOut other = why(*unbreakable_[2]);
            if (!other.by_probe) reason = other;
        }
        collection_.leave_out(reason);
    }

    Collection& collection_;
    Specification& spec_;
    std::size_t looked_ = 0;  ///< rules
    std::vector<Ground> grounds_;
    std::map<std::string, Bool> premises_;
    std::vector<std::unique_ptr<catalogue::ExampleSearch>> searches_;  ///< one a ground
    std::vector<std::unique_ptr<Unbreakable>> unbreakable_;
};

}  // namespace

void rule_examples(Collection& collection, Specification& spec) { RuleExamples{collection, spec}.run(); }

}  // namespace vmxspec::vectors
