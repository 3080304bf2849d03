#include "proofs/catalogue/example.hpp"
#include "proofs/state/machine_values.hpp"
#include "proofs/vectors/family.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>

namespace vmxspec::vectors {

namespace {

constexpr std::uint32_t ia32_star = 0xc0000081;  ///< takes any value
constexpr std::uint64_t most_flips = 6;

/// What the probe needs as it is to come back: where a VM exit leads, which MSRs are loaded and stored, and the
/// VMX-preemption timer.
bool is_probes_own(const std::string& name) {
    constexpr std::array<std::string_view, 5> prefixes{"host.", "control.exit_msr_", "control.entry_msr_load",
                                                       "control.pin", "guest.preemption_timer"};
    return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

struct Flip {
    std::size_t leaf;
    unsigned bit;
};

class Walks {
public:
    Walks(Collection& collection, Specification& spec)
        : collection_{collection}, spec_{spec}, search_{spec, values({}), [this](std::size_t leaf) {
                                                            return !is_free(leaf);
                                                        }} {
        for (const std::size_t leaf : search_.leaves())
            if (is_free(leaf)) free_.push_back(leaf);
    }

    void walk(const Mode& mode, const std::string& id, std::mt19937_64& random) {
        std::vector<Flip> flips;
        for (std::uint64_t k = 1 + random() % most_flips; k-- > 0;) {
            const std::size_t leaf = free_[random() % free_.size()];
            flips.push_back({leaf, static_cast<unsigned>(random() % spec_.state.leaves()[leaf].width)});
        }
        Mode there = mode;
        const std::vector<std::uint64_t> from = values(mode);
        for (const Flip& flip : flips) {
            const std::uint64_t bit = std::uint64_t{1} << flip.bit;
            std::uint64_t& field = there.fields.try_emplace(flip.leaf, from[flip.leaf]).first->second;
            field = (field & ~bit) | (~from[flip.leaf] & bit);
        }
        collection_.offer({id + "/bare", there.fields, {}});
        search_.start_from(values(there));
        collection_.offer(valid(there, id, made(flips, from), random));
    }

private:
    bool is_free(std::size_t leaf) const {
        return collection_.is_field(leaf) && !is_probes_own(collection_.base().state().leaves()[leaf].name);
    }

    /// All leaves in a mode; what is unknown is 0. The entry of an MSR-load area is one that is accepted.
    std::vector<std::uint64_t> values(const Mode& mode) const {
        std::vector<std::uint64_t> list = machine_values(collection_.base());
        list[spec_.state.leaf("msr_entry.index")] = ia32_star;
        for (const auto& [leaf, value] : mode.fields) list[leaf] = value;
        return list;
    }

    /// The bits are as the walk made them.
    Bool made(const std::vector<Flip>& flips, const std::vector<std::uint64_t>& from) const {
        Graph& g = spec_.graph;
        Bool all = constant(g, true);
        for (const Flip& flip : flips) {
            const Bits<1> bit{&g, g.make(Op::extract, 1, {spec_.state.node(flip.leaf)}, flip.bit)};
            all = all && ((from[flip.leaf] >> flip.bit & 1) != 0 ? bit == 0 : bit == 1);
        }
        return all;
    }

    /// Rules that contradict the wish are given up, one after the other, until the others can be kept.
    Vector valid(const Mode& there, const std::string& id, Bool wish, std::mt19937_64& random) {
        std::vector<const Rule*> given_up;
        catalogue::Example example = search_(wish, given_up);
        while (!example.implied_by.empty()) {
            given_up.push_back(example.implied_by[random() % example.implied_by.size()]);
            example = search_(wish, given_up);
        }
        Vector vector{id, there.fields, {}};
        for (const catalogue::Change& change : example.changes) vector.fields[change.leaf] = change.to;
        return vector;
    }

    Collection& collection_;
    Specification& spec_;
    catalogue::ExampleSearch search_;
    std::vector<std::size_t> free_;
};

}  // namespace

void walks(Collection& collection, Specification& spec, const std::vector<Mode>& modes, std::uint64_t seed,
           std::size_t count) {
    Walks walks{collection, spec};
    for (std::size_t n = 0; n < count; n += collection.every()) {
        std::seed_seq numbers{seed & 0xffffffff, seed >> 32, std::uint64_t{n}};
        std::mt19937_64 random{numbers};
        walks.walk(modes[random() % modes.size()], fmt::format("walk/{:x}/{}", seed, n), random);
    }
}

}  // namespace vmxspec::vectors
