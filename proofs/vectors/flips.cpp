#include "proofs/vectors/family.hpp"

#include <fmt/format.h>

#include <set>

namespace vmxspec::vectors {

namespace {

std::uint64_t value_of(const Collection& collection, const Mode& mode, std::size_t leaf) {
    const auto found = mode.fields.find(leaf);
    return found == mode.fields.end() ? collection.base().values()[leaf].value : found->second;
}

/// Fields of the guest state, and controls that decide what it may be.
bool depends_on_mode(const Leaf& leaf) {
    return leaf.name.starts_with("guest.") || leaf.name == "control.entry" || leaf.name == "control.proc2" ||
           leaf.name == "control.injected_event";
}

}  // namespace

void flips(Collection& collection, const std::vector<Mode>& modes) {
    bool first = true;
    for (const Mode& mode : modes) {
        collection.offer({fmt::format("mode/{}", mode.name), mode.fields, {}});
        for (const std::size_t leaf : collection.fields()) {
            const Leaf& one = collection.base().state().leaves()[leaf];
            if (!first && !depends_on_mode(one)) continue;
            for (unsigned bit = 0; bit < one.width; ++bit) {
                Vector vector{fmt::format("flip/{}/{}/{}", mode.name, one.name, bit), mode.fields, {}};
                vector.fields[leaf] = value_of(collection, mode, leaf) ^ std::uint64_t{1} << bit;
                collection.offer(std::move(vector));
            }
        }
        first = false;
    }
}

void edges(Collection& collection) {
    const State& s = collection.base().state();
    const std::uint64_t width = collection.base().value("processor.maxphyaddr").value_or(52);
    for (const std::size_t leaf : collection.fields()) {
        const Leaf& one = s.leaves()[leaf];
        std::set<std::uint64_t> values{
            0, 1, 2, 3, low_bits(one.width), low_bits(one.width) - 1, low_bits(one.width) >> 1};
        if (one.width == 64) {
            for (const unsigned linear : {48U, 57U}) {
                const std::uint64_t last = (std::uint64_t{1} << (linear - 1)) - 1;
                values.insert({last, last + 1, ~last, ~last - 1});
            }
            const std::uint64_t end = std::uint64_t{1} << width;
            values.insert({end - 1, end - 16, end - 4096, end, end + 4096});
        }
        if (one.width == 32) values.insert({0xfffff, 0x100000, 0xffff, 0x10000, 0xfff, 0x1000, 511, 512, 513});
        for (const std::uint64_t value : values)
            collection.offer({fmt::format("edge/{}/{:x}", one.name, value), {{leaf, value}}, {}});
    }
    // Of an unusable register some bits are defined all the same (29.3.2.2); no single change shows them.
    constexpr std::uint64_t unusable = 1 << 16;  // of access rights
    for (const std::string segment : {"guest.ss_", "guest.ds_", "guest.es_", "guest.fs_", "guest.gs_", "guest.ldtr_"}) {
        const std::size_t rights = s.leaf(segment + "access_rights");
        const std::size_t base = s.leaf(segment + "base");
        for (const std::uint64_t value : {15ULL, 1ULL << 32, 1ULL << 46, 1ULL << 63})
            collection.offer({fmt::format("edge/unusable/{}base/{:x}", segment, value),
                              {{rights, collection.base().value(rights).value_or(0) | unusable}, {base, value}},
                              {}});
    }
    // An MSR area of the first 4 GiB, in which 32 bits are too few; the guest's state fails before it is used.
    constexpr std::uint64_t entries_of_4_gib = 1ULL << 28;
    collection.offer({"edge/control.exit_msr_store_count/10000000/guest.rflags/0",
                      {{s.leaf("control.exit_msr_store_count"), entries_of_4_gib},
                       {s.leaf("control.exit_msr_store"), 0},
                       {s.leaf("guest.rflags"), 0}},
                      {}});
}

}  // namespace vmxspec::vectors
