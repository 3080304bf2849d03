#include "proofs/vectors/family.hpp"

#include <fmt/format.h>

namespace vmxspec::vectors {

namespace {

constexpr std::uint32_t star = 0xc0000081;  ///< takes any value
constexpr std::uint32_t pat = 0x277;

/// An entry of an area, and what is special about it.
struct Row {
    const char* name;
    MsrAreaEntry entry;
};

const Row rows[] = {
    {"star", {star, 0U, 0U, {}}},           {"pat", {pat, 0U, 0x0007040600070406U, {}}},
    {"pat-bad", {pat, 0U, 2U, {}}},         {"reserved", {star, 1U, 0U, {}}},
    {"x2apic", {0x808U, 0U, 0U, {}}},       {"fs-base", {0xc0000100U, 0U, 0U, {}}},
    {"gs-base", {0xc0000101U, 0U, 0U, {}}}, {"smbase", {0x9eU, 0U, 0U, {}}},
};

}  // namespace

void exit_areas(Collection& collection) {
    const MsrAreaEntry good{star, 0U, 0U, {}};
    for (const Row& row : rows) {
        collection.offer({fmt::format("exit/load/{}/1", row.name), {}, {}, {}, {row.entry}});
        collection.offer({fmt::format("exit/load/{}/2", row.name), {}, {}, {}, {good, row.entry}});
        collection.offer({fmt::format("exit/store/{}/1", row.name), {}, {}, {row.entry}, {}});
        collection.offer({fmt::format("exit/store/{}/2", row.name), {}, {}, {good, row.entry}, {}});
    }
    // A failed entry loads that area too, and stores nothing (29.8).
    const State& s = collection.base().state();
    collection.offer({"exit/failed/load", {{s.leaf("guest.rflags"), 0}}, {}, {}, {good}});
    collection.offer({"exit/failed/store", {{s.leaf("guest.rflags"), 0}}, {}, {rows[3].entry}, {}});
    collection.offer({"exit/failed/load-bad", {{s.leaf("guest.rflags"), 0}}, {}, {}, {rows[3].entry}});
}

}  // namespace vmxspec::vectors
