#include "tests/bochs/hv/hostile_ept.hpp"

#include "runtime/cpu/cpuid.hpp"
#include "runtime/cpu/msr.hpp"

namespace vmxspec::l1 {

namespace {

using runtime::at;
using runtime::raw;

constexpr std::uint64_t read_right = 1, write_right = 2, execute_right = 4, all_rights = 7, write_back = 6U << 3,
                        large = 1U << 7, page_bits = runtime::page_size - 1;
constexpr std::uint64_t address_bits = 0x000f'ffff'ffff'f000, entries = 512;

constexpr unsigned shift_of(unsigned level) { return 12 + 9 * (level - 1); }

}  // namespace

Tables::Tables(runtime::PageAllocator& pages, const Places& places)
    : places_{places}, width_{runtime::physical_address_width()} {
    constexpr std::uint32_t ia32_vmx_ept_vpid_cap = 0x48c;
    const std::uint64_t capability = runtime::read_msr(ia32_vmx_ept_vpid_cap).value_or(0);
    execute_only_ = (capability & 1) != 0;
    one_gib_ = (capability >> 17 & 1) != 0;
    has_flags_ = (capability >> 21 & 1) != 0;
    for (PhysicalAddress& structure : structures_) {
        structure = zeroed_page(pages);
    }
}

std::uint64_t Tables::pointer(std::size_t root) const {
    constexpr std::uint64_t four_levels_write_back = 3U << 3 | 6, flags_in_use = 1U << 6;
    return raw(structures_[root]) | four_levels_write_back | (has_flags_ && root % 2 != 0 ? flags_in_use : 0);
}

std::uint64_t Tables::entry(Lot& lot) const {
    constexpr std::uint64_t ignored_bits = std::uint64_t{0xfff} << 52 | 0xf00, beyond_width = std::uint64_t{1} << 51;
    const std::uint64_t ignored = lot.number() & ignored_bits;
    const std::uint64_t rights = ignored | (lot.below(3) == 0 ? lot.below(8) : all_rights);
    const std::uint64_t type = lot.below(4) == 0 ? lot.below(8) << 3 : write_back;
    const std::uint64_t structure = raw(structures_[lot.below(structures_.size())]);
    const std::uint64_t page = lot.below(16) * runtime::page_size;
    const std::uint64_t target = places_.targets[lot.below(places_.target_count)] & ~page_bits;
    // Bochs ends where code is fetched from no RAM.
    const auto no_execution = [](std::uint64_t all) { return all & ~execute_right; };
    switch (lot.below(16)) {
        case 0: return ignored;
        case 1: return lot.number() | beyond_width;
        case 2: return places_.hidden | rights | type | large;
        case 3: return (target + page) | no_execution(rights) | type | large;
        case 4: return (target + page) | no_execution(rights) | type;
        case 5: return (places_.hidden + page) | rights | type;
        case 6: return (places_.hidden + page) | rights;  // as a structure
        case 7: return raw(places_.code) | (rights & ~write_right) | type;
        case 8: return raw(places_.tools) | (rights & ~write_right) | type;
        case 9: return structure | rights | std::uint64_t{8} << lot.below(5);
        case 10: return structure | rights | type;  // for L2 to read and write
        default: return structure | rights;
    }
}

std::uint64_t Tables::good_entry(Lot& lot, std::size_t of) const {
    if (of < first_of_pages) {
        const std::size_t next = of < roots ? roots : of < roots + 2 ? roots + 2 : first_of_pages;
        return raw(structures_[next + lot.below(2)]) | all_rights;
    }
    switch (lot.below(4)) {
        case 0: return raw(structures_[lot.below(structures_.size())]) | read_right | write_right | write_back;
        case 1: return (places_.hidden + lot.below(two_mib) / runtime::page_size * runtime::page_size) | all_rights;
        case 2: return raw(places_.code) | read_right | execute_right | write_back;
        default: return raw(places_.tools) | read_right | execute_right | write_back;
    }
}

void Tables::change(Lot& lot, std::uint64_t count) {
    for (; count != 0; --count) {
        const std::size_t of = lot.below(structures_.size());
        // L2 has 4 GiB: the first entry of a root, and the first four behind it, decide most of all.
        const std::uint64_t end = lot.below(2) == 0 ? 4 : entries;
        at<std::uint64_t>(structures_[of])[lot.below(end)] = lot.below(4) == 0 ? entry(lot) : good_entry(lot, of);
    }
}

bool Tables::is_misconfigured(std::uint64_t entry, unsigned level) const {
    const std::uint64_t rights = entry & all_rights, type = entry >> 3 & 7;
    if ((rights & (read_right | write_right)) == write_right || (rights == execute_right && !execute_only_) ||
        (entry & address_bits) >> width_ != 0) {
        return true;
    }
    const bool is_large = level > 1 && (entry & large) != 0;
    if (level > 1 && !is_large) {
        return (entry & 0x78) != 0;
    }
    if (is_large && (level == 4 || (level == 3 && !one_gib_))) {
        return true;
    }
    const std::uint64_t low_address = ((std::uint64_t{1} << shift_of(level)) - 1) & address_bits;
    return (entry & low_address) != 0 || type == 2 || type == 3 || type == 7;
}

Walk Tables::walk(std::uint64_t eptp, std::uint64_t address, std::uint64_t access) const {
    std::uint64_t entry = eptp, rights = all_rights;
    for (unsigned level = 4;; --level) {
        const PhysicalAddress structure{entry & address_bits};
        if (raw(structure) >= runtime::mapped_end) {
            return {Walk::End::unknown, 0};
        }
        entry = at<const volatile std::uint64_t>(structure)[address >> shift_of(level) & (entries - 1)];
        rights &= entry;
        if ((entry & all_rights) == 0) {
            return {Walk::End::violation, 0};
        }
        if (is_misconfigured(entry, level)) {
            return {Walk::End::misconfiguration, 0};
        }
        if (level == 1 || (entry & large) != 0) {
            const std::uint64_t within = ((std::uint64_t{1} << shift_of(level)) - 1) & ~page_bits;
            return (access & ~rights) != 0 ? Walk{Walk::End::violation, 0}
                                           : Walk{Walk::End::page, (entry & address_bits) | (address & within)};
        }
    }
}

}  // namespace vmxspec::l1
