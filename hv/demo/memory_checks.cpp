/// The memory map, and RAM as it says.
#include <array>

#include "hv/demo/check.hpp"
#include "hv/demo/hypervisor_region.hpp"
#include "runtime/cpu/cpuid.hpp"

namespace vmxspec::demo {

namespace {

using runtime::PhysicalAddress;
using runtime::Region;

constexpr std::uint64_t mib = std::uint64_t{1} << 20;
constexpr std::uint32_t map_available = 1;

/// A word that depends on where it is.
[[nodiscard]] std::uint64_t mark(std::uint64_t address) { return address * 0x9e37'79b9'7f4a'7c15 + 1; }

/// Every page that nobody uses, first all written and then all read: a page that is there twice or not at all shows.
void check_ram(Account& account) {
    runtime::PageAllocator pages = *given.pages;
    std::uint64_t count = 0;
    while (const auto page = pages.allocate()) {
        auto* const words = runtime::at<volatile std::uint64_t>(*page);
        words[0] = mark(raw(*page));
        words[511] = ~mark(raw(*page));
        ++count;
    }
    pages = *given.pages;
    std::uint64_t wrong = 0;
    while (const auto page = pages.allocate()) {
        const auto* const words = runtime::at<const volatile std::uint64_t>(*page);
        wrong += words[0] != mark(raw(*page)) || words[511] != ~mark(raw(*page)) ? 1 : 0;
    }
    account.expect("there are 4 MiB of free pages", count >= 4 * mib / runtime::page_size ? 1 : 0, 1);
    account.expect("pages that have lost what was written", wrong, 0);
}

/// No two entries that are free to use meet.
void check_map(Account& account) {
    std::uint64_t meeting = 0, empty = 0;
    given.boot->each_memory_map_entry([&](Region left, std::uint32_t left_type) {
        empty += left.begin >= left.end ? 1 : 0;
        given.boot->each_memory_map_entry([&](Region right, std::uint32_t right_type) {
            const bool same = left.begin == right.begin && left.end == right.end;
            const bool meets = left.begin < right.end && right.begin < left.end;
            meeting += !same && meets && left_type == map_available && right_type == map_available ? 1 : 0;
        });
    });
    account.expect("entries that meet", meeting, 0);
    account.expect("empty entries", empty, 0);
}

void check_hypervisor_region(Account& account) {
    if (!given.under_hypervisor) {
        return account.skip("no hypervisor runs beneath");
    }
    const Region region = hypervisor_region(*given.boot);
    if (region.begin == region.end) {
        return account.expect("regions where the hypervisor may be", 0, 1);
    }
    std::uint64_t seen = 0, kept = 0;
    for (std::uint64_t address = region.begin; address < region.end; address += runtime::page_size) {
        auto* const words = runtime::at<volatile std::uint64_t>(PhysicalAddress{address});
        seen += words[0] != ~std::uint64_t{0} || words[511] != ~std::uint64_t{0} ? 1 : 0;
        words[7] = address;
        kept += words[9] != ~std::uint64_t{0} ? 1 : 0;
    }
    static_cast<void>(runtime::cpuid(0));  // at its VM exit all is forgotten
    for (std::uint64_t address = region.begin; address < region.end; address += runtime::page_size) {
        kept += *runtime::at<volatile std::uint64_t>(PhysicalAddress{address + 56}) != ~std::uint64_t{0} ? 1 : 0;
    }
    account.expect("pages that show something", seen, 0);
    account.expect("pages that keep what is written", kept, 0);
}

constexpr std::array rows{
    Check{"memory map: what is free to use is told once", check_map},
    Check{"memory: each free page keeps what is written", check_ram},
    Check{"memory: where the hypervisor is, there are ones and nothing is kept", check_hypervisor_region},
};

}  // namespace

const std::span<const Check> memory_checks{rows};

}  // namespace vmxspec::demo
