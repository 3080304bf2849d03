#include "proofs/vectors/family.hpp"
#include "proofs/vectors/vector_file.hpp"
#include "spec/load/msr_index.hpp"

#include <fmt/format.h>

#include <set>

namespace vmxspec::vectors {

namespace {

constexpr std::uint32_t star = 0xc0000081;       ///< takes any value
constexpr std::uint32_t forbidden = 0xc0000100;  ///< IA32_FS_BASE

MsrAreaEntry entry(std::uint32_t index, std::uint32_t reserved, std::uint64_t data) {
    return {index, reserved, data, {}};
}

}  // namespace

void msr_areas(Collection& collection) {
    const auto offer = [&](const std::string& id, std::vector<MsrAreaEntry> area) {
        collection.offer({"msr/" + id, {}, std::move(area)});
    };
    for (const load::MsrRow& row : collection.specification().msr_load.table) {
        for (const std::uint32_t index : std::set{row.first, row.last}) {
            std::set<std::uint64_t> values{
                0, 1, ~std::uint64_t{0}, 0x0407050600070106, 0x00007fffffffffff, 0x0000800000000000};
            for (unsigned bit = 0; bit < 64; ++bit) values.insert(std::uint64_t{1} << bit);
            for (const std::uint64_t data : values)
                offer(fmt::format("{:x}/{:x}", index, data), {entry(index, 0, data)});
            for (unsigned bit = 0; bit < 32; ++bit)
                if (index == star) offer(fmt::format("{:x}/reserved/{}", index, bit), {entry(index, 1U << bit, 0)});
        }
    }
    // x2APIC registers are forbidden by bits 31:8 of the index: both sides, and the ends.
    for (const std::uint32_t index : {0x7ffU, 0x800U, 0x8ffU, 0x900U, 0x808U, 0x830U, 0xc0000100U, 0xc0000101U})
        offer(fmt::format("forbidden/{:x}", index), {entry(index, 0, 0)});
    // The entry that fails is counted: behind entries that are accepted.
    for (std::size_t before = 0; before < most_entries; ++before) {
        std::vector<MsrAreaEntry> area(before, entry(star, 0, 0));
        area.push_back(entry(forbidden, 0, 0));
        offer(fmt::format("place/{}", before + 1), area);
    }
    for (const std::uint64_t first : {0x0ULL, 0x1ULL, 0x100ULL, 0x801ULL, 0x901ULL, 0xd01ULL})
        for (const std::uint64_t second : {0x0ULL, 0x100ULL, 0x800ULL, 0xd01ULL})
            offer(fmt::format("efer/{:x}/{:x}", first, second),
                  {entry(load::ia32_efer, 0, first), entry(load::ia32_efer, 0, second)});
}

}  // namespace vmxspec::vectors
