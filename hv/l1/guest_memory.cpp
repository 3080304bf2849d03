#include "hv/l1/guest_memory.hpp"

#include "runtime/boot/kernel.hpp"

namespace vmxspec::hv {

namespace {

using runtime::refuse;
using runtime::Region;

/// What a guest needs at least, besides what it says of itself: 32 MiB.
constexpr std::uint64_t least_memory = std::uint64_t{32} << 20;

constexpr bool meet(Region left, Region right) { return left.begin < right.end && right.begin < left.end; }

}  // namespace

void GuestMemory::read(const runtime::BootInformation& boot, Region hidden) {
    bool fits = true;
    boot.each_memory_map_entry([&](Region region, std::uint32_t type) {
        fits = fits && map_.add({region, type}, hidden);
    });
    if (!fits) {
        refuse("the memory map has more than 250 entries");
    }
    if (map_.available_size() < least_memory) {
        refuse("too little memory: less than 32 MiB would be left for the guest");
    }
    placement_ = Placement{map_, runtime::mapped_end};
    fits = placement_.take(boot.region()) && placement_.take({0, std::uint64_t{1} << 20});
    for (const runtime::Module& module : boot.modules()) {
        fits = fits && placement_.take(module.region);
    }
    if (!fits) {
        refuse("the guest has too many modules");
    }
}

void GuestMemory::claim(Region region) {
    if (claim_count_ == most_claims || !placement_.take(region)) {
        refuse("the guest has too many modules and segments");
    }
    claims_[claim_count_++] = region;
}

Region GuestMemory::place(std::uint64_t size, std::uint64_t limit) {
    const std::uint64_t begin = placement_.place(size, limit);
    if (begin == 0) {
        refuse("too little memory: there is no place for the guest's modules");
    }
    return {begin, begin + size};
}

Region GuestMemory::place_for_good(std::uint64_t size) {
    const std::uint64_t whole_pages = (size + runtime::page_size - 1) & ~(runtime::page_size - 1);
    const Region region = place(whole_pages);
    if (!map_.change(region, map_reclaimable)) {
        refuse("the memory map has more than 250 entries");
    }
    return region;
}

Region GuestMemory::out_of_the_way(Region module, std::uint64_t limit) {
    if (!is_claimed(module) && module.end <= limit) {
        return module;
    }
    const Region to = place(module.end - module.begin, limit);
    __builtin_memcpy(bytes(to).data(), bytes(module).data(), bytes(to).size());
    return to;
}

bool GuestMemory::is_claimed(Region region) const {
    for (const Region& claim : std::span{claims_.data(), claim_count_}) {
        if (meet(claim, region)) {
            return true;
        }
    }
    return false;
}

}  // namespace vmxspec::hv
