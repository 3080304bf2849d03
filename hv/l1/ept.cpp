#include "hv/l1/ept.hpp"

namespace vmxspec::hv {

namespace {

using runtime::raw;

// Entries (SDM 31.3.2).
constexpr std::uint64_t read = 1, write = 2, execute = 4, large = 1U << 7;
constexpr std::uint64_t table = read | write | execute;
constexpr std::uint64_t address_bits = 0x000f'ffff'ffff'f000;
constexpr unsigned type_place = 3;
constexpr unsigned top_level = 4;

constexpr unsigned shift_of(unsigned level) { return 12 + 9 * (level - 1); }

[[nodiscard]] std::uint64_t& entry_of(std::uint64_t structure, std::uint64_t address, unsigned level) {
    return runtime::at<std::uint64_t>(
        runtime::PhysicalAddress{structure & address_bits})[address >> shift_of(level) & 0x1ff];
}

constexpr bool is_leaf(std::uint64_t entry, unsigned level) { return level == 1 || (entry & large) != 0; }

}  // namespace

Ept::Ept(const MemoryTypes& types, runtime::Region hole, runtime::PhysicalAddress ones, EptPageSizes sizes,
         PagePool pool)
    : types_{&types}, hole_{hole}, ones_{ones}, sizes_{sizes}, pool_{pool} {
    clear();
}

void Ept::clear() {
    pool_.reset();
    root_ = pool_.take().value_or(runtime::PhysicalAddress{});  // the first page: always the same, and always there
}

std::optional<std::uint64_t> Ept::leaf(std::uint64_t address, unsigned level) const {
    if ((level == 2 && !sizes_.two_mib) || (level == 3 && !sizes_.one_gib) || level == top_level) {
        return std::nullopt;
    }
    const std::uint64_t size = std::uint64_t{1} << shift_of(level);
    const std::uint64_t begin = address & ~(size - 1);
    if (level == 1 && in_hole(address)) {
        return raw(ones_) | table | static_cast<std::uint64_t>(MemoryType::write_back) << type_place;
    }
    const bool watches = raw(watched_) != 0 && raw(watched_) >= begin && raw(watched_) < begin + size;
    if ((begin < hole_.end && hole_.begin < begin + size) || (watches && level != 1)) {
        return std::nullopt;
    }
    auto type = types_->of({begin, begin + size});
    if (!type && level == 1) {
        type = MemoryType::uncacheable;  // no MTRR has a boundary within a page
    }
    if (!type) {
        return std::nullopt;
    }
    return begin | (watches ? read | execute : table) | (level > 1 ? large : 0) |
           static_cast<std::uint64_t>(*type) << type_place;
}

bool Ept::try_map(std::uint64_t address) {
    std::uint64_t structure = raw(root_);
    for (unsigned level = top_level; level >= 1; --level) {
        std::uint64_t& entry = entry_of(structure, address, level);
        if ((entry & table) != 0) {
            if (is_leaf(entry, level)) {
                return true;
            }
        } else if (const auto page = leaf(address, level)) {
            entry = *page;
            return true;
        } else {
            const auto next = pool_.take();
            if (!next) {
                return false;
            }
            // What is not writable in a structure of level 2 is not writable in the pages below.
            const bool closed = level == 2 && in_hole(address) && !hole_is_open_;
            entry = raw(*next) | (closed ? read | execute : table);
        }
        structure = entry;
    }
    return true;
}

bool Ept::map(std::uint64_t address) {
    if (try_map(address)) {
        return false;
    }
    clear();
    return try_map(address);
}

void Ept::map(runtime::Region region) {
    std::uint64_t address = region.begin & ~(runtime::page_size - 1);
    while (address < region.end) {
        if (!try_map(address)) {
            return;  // the rest when it is asked for
        }
        unsigned level = top_level;
        std::uint64_t entry = entry_of(raw(root_), address, level);
        while (!is_leaf(entry, level)) {
            entry = entry_of(entry, address, --level);
        }
        const std::uint64_t size = std::uint64_t{1} << shift_of(level);
        address = (address & ~(size - 1)) + size;
    }
}

void Ept::show_shadow(bool shown) {
    unsigned level = top_level;
    std::uint64_t& entry = lowest(raw(watched_), level);
    const auto back = static_cast<std::uint64_t>(MemoryType::write_back) << type_place;
    entry = shown ? raw(shadow_) | table | back : leaf(raw(watched_), 1).value_or(0);
}

void Ept::open_hole(bool writable) {
    hole_is_open_ = writable;
    for (std::uint64_t block = hole_.begin; block < hole_.end; block += std::uint64_t{1} << shift_of(2)) {
        std::uint64_t structure = raw(root_);
        unsigned level = top_level;
        for (; level > 2 && (structure & (level == top_level ? ~std::uint64_t{0} : table)) != 0; --level) {
            structure = entry_of(structure, block, level);
        }
        if (level == 2 && (structure & table) != 0) {
            std::uint64_t& entry = entry_of(structure, block, 2);
            entry = (entry & table) == 0 ? entry : writable ? entry | write : entry & ~write;
        }
    }
}

std::uint64_t& Ept::lowest(std::uint64_t address, unsigned& level) const {
    level = top_level;
    std::uint64_t* entry = &entry_of(raw(root_), address, level);
    while ((*entry & table) != 0 && !is_leaf(*entry, level)) {
        entry = &entry_of(*entry, address, --level);
    }
    return *entry;
}

std::optional<std::uint64_t> Ept::entry(std::uint64_t address) const {
    unsigned level = top_level;
    const std::uint64_t found = lowest(address, level);
    return (found & table) == 0 ? std::nullopt : std::optional{found};
}

}  // namespace vmxspec::hv
