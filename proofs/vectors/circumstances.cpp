#include "proofs/vectors/family.hpp"

#include <fmt/format.h>

#include <array>

namespace vmxspec::vectors {

void circumstances(Collection& collection) {
    const State& s = collection.base().state();
    struct Row {
        const char* name;
        const char* leaf;
        std::uint64_t value;
    };
    constexpr std::array rows{Row{"resume", "before.vmresume", 1}, Row{"launched", "before.launched", 1},
                              Row{"mov-ss", "before.blocking_by_mov_ss", 1},
                              Row{"shadow", "before.current_is_shadow", 1},
                              Row{"no-current", "before.current_vmcs", ~std::uint64_t{0}}};
    constexpr unsigned shadow = 1 << 3, no_current = 1 << 4;
    for (unsigned chosen = 1; chosen < 1U << rows.size(); ++chosen) {
        if ((chosen & shadow) != 0 && (chosen & no_current) != 0) continue;
        Vector vector{"how", {}};
        for (std::size_t n = 0; n < rows.size(); ++n) {
            if ((chosen >> n & 1) == 0) continue;
            vector.id += fmt::format("/{}", rows[n].name);
            vector.fields[s.leaf(rows[n].leaf)] = rows[n].value;
        }
        // The steps of 29.1 come before those of 29.2, and they before those of 29.3.
        Vector control = vector;
        control.id += "/control";
        control.fields[s.leaf("control.cr3_target_count")] = 5;
        Vector guest = vector;
        guest.id += "/guest";
        guest.fields[s.leaf("guest.rflags")] = 0;
        for (Vector* one : {&vector, &control, &guest}) collection.offer(std::move(*one));
    }
}

void legacy(Collection& collection) {
    if (!collection.bases().legacy) return;
    const KnownState& base = *collection.bases().legacy;
    const State& s = base.state();
    collection.offer({"mode/legacy", {}, {}, {}, {}, true});
    for (const std::size_t leaf : collection.fields()) {
        const Leaf& one = s.leaves()[leaf];
        if (!one.name.starts_with("host.") && one.name != "control.exit" && one.name != "control.entry") continue;
        for (unsigned bit = 0; bit < one.width; ++bit)
            collection.offer({fmt::format("flip/legacy/{}/{}", one.name, bit),
                              {{leaf, base.values()[leaf].value ^ 1ULL << bit}},
                              {},
                              {},
                              {},
                              true});
    }
}

}  // namespace vmxspec::vectors
