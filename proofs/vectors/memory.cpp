#include "proofs/query/name.hpp"
#include "proofs/vectors/family.hpp"

#include <fmt/format.h>

namespace vmxspec::vectors {

namespace {

/// Sets bits by name on top of the base state's.
void set(const Collection& collection, Vector& vector, std::string_view name, std::uint64_t value) {
    const query::Name place = query::resolve(collection.base().state(), name);
    const std::uint64_t mask = low_bits(place.high - place.low + 1) << place.low;
    const auto [field, fresh] =
        vector.fields.try_emplace(place.leaf, collection.base().values()[place.leaf].value & ~mask);
    field->second = (field->second & ~mask) | value << place.low;
}

/// The VMCS revision identifier: IA32_VMX_BASIC[30:0].
std::uint64_t revision(const KnownState& base) { return base.value("capability.basic").value_or(0) & low_bits(31); }

void link(Collection& collection) {
    const State& s = collection.base().state();
    const std::uint64_t word = revision(collection.base());
    const std::size_t leaf = s.leaf("memory.link_word");
    collection.offer({"memory/link/revision", {{leaf, word}}});
    for (unsigned bit = 0; bit < 32; ++bit)
        collection.offer({fmt::format("memory/link/{}", bit), {{leaf, word ^ 1ULL << bit}}});
    Vector shadow{"memory/link/shadow", {{leaf, word | 1ULL << 31}}};
    set(collection, shadow, "proc.activate_secondary", 1);
    set(collection, shadow, "proc2.vmcs_shadowing", 1);
    collection.offer(shadow);
    Vector ordinary = shadow;
    ordinary.id = "memory/link/not-shadow";
    ordinary.fields[leaf] = word;
    collection.offer(ordinary);
    Vector current{"memory/link/current", {}};
    current.link_is_current = true;
    collection.offer(std::move(current));
}

void vtpr(Collection& collection) {
    const State& s = collection.base().state();
    for (std::uint64_t threshold = 0; threshold < 16; ++threshold)
        for (std::uint64_t priority = 0; priority < 16; ++priority) {
            Vector vector{fmt::format("memory/vtpr/{:x}/{:x}", threshold, priority),
                          {{s.leaf("memory.vtpr"), priority << 4}, {s.leaf("control.tpr_threshold"), threshold}}};
            set(collection, vector, "proc.use_tpr_shadow", 1);
            collection.offer(std::move(vector));
        }
}

void pdptes(Collection& collection) {
    const State& s = collection.base().state();
    constexpr std::uint64_t present = 1;
    for (unsigned n = 0; n < 4; ++n) {
        const std::size_t leaf = s.leaf(fmt::format("memory.pdpte{}", n));
        for (unsigned bit = 0; bit < 64; ++bit)
            for (const std::uint64_t p : {std::uint64_t{0}, present}) {
                if (bit == 0 && p == present) continue;
                Vector vector{fmt::format("memory/pdpte{}/{}/{}", n, p, bit), {{leaf, p | 1ULL << bit}}};
                set(collection, vector, "guest.cr4.pae", 1);
                collection.offer(std::move(vector));
            }
    }
}

}  // namespace

void memory(Collection& collection) {
    link(collection);
    vtpr(collection);
    pdptes(collection);
}

}  // namespace vmxspec::vectors
