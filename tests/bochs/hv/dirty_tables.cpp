#include "tests/bochs/hv/dirty_tables.hpp"

namespace vmxspec::l1 {

namespace {

using runtime::at;
using runtime::raw;

constexpr std::uint64_t write_back = 6U << 3, large_page = 1U << 7, two_mib = 2U << 20;
// Entries that are none of the identity's and none of the window's.
enum : std::size_t { root_entry, low_pointer, high_pointer, window_directory, large_leaf };

}  // namespace

void DirtyTables::build(runtime::PageAllocator& pages, const std::array<PhysicalAddress, Window::pages>& window,
                        std::uint64_t large, bool has_flags) {
    constexpr std::uint64_t four_levels_write_back = 3U << 3 | 6;
    std::array<PhysicalAddress, 5> structures{};
    for (PhysicalAddress& structure : structures) {
        structure = zeroed_page(pages);
    }
    const auto& [root, pointers, low, high, table] = structures;
    const auto put = [&](std::size_t n, PhysicalAddress structure, std::size_t place, std::uint64_t value, bool leaf) {
        entries_[n] = {at<volatile std::uint64_t>(structure) + place, leaf, 0};
        *entries_[n].word = value;
    };
    put(root_entry, root, 0, raw(pointers) | Ept::all, false);
    put(low_pointer, pointers, 0, raw(low) | Ept::all, false);
    put(high_pointer, pointers, 1, raw(high) | Ept::all, false);
    put(window_directory, high, 0, raw(table) | Ept::all, false);
    put(large_leaf, high, 1, large | large_page | write_back | Ept::all, true);
    for (std::size_t n = 0; n < 512; ++n) {
        put(first_of_identity + n, low, n, n * two_mib | large_page | write_back | Ept::all, true);
    }
    for (std::size_t n = 0; n < Window::pages; ++n) {
        put(first_of_window + n, table, n, raw(window[n]) | write_back | Ept::all, true);
    }
    pointer_ = raw(root) | four_levels_write_back | (has_flags ? flags_in_use : 0);
}

bool DirtyTables::has_flags() const { return (pointer_ & flags_in_use) != 0; }

void DirtyTables::set_rights(std::uint64_t page, std::uint64_t rights) {
    volatile std::uint64_t& word = *entries_[first_of_window + page].word;
    word = (word & ~std::uint64_t{Ept::all}) | rights;
}

std::size_t DirtyTables::index_of(std::uint64_t address) const {
    return address < Window::begin        ? first_of_identity + address / two_mib
           : address < Window::large_page ? first_of_window + (address - Window::begin) / runtime::page_size
                                          : large_leaf;
}

bool DirtyTables::is_accessed(std::uint64_t address) const {
    std::uint64_t all = *entries_[root_entry].word & leaf_of(address);
    all &= *entries_[address < Window::begin ? low_pointer : high_pointer].word;
    if (address >= Window::begin && address < Window::large_page) {
        all &= *entries_[window_directory].word;
    }
    return (all & accessed) != 0;
}

void DirtyTables::remember() {
    for (Entry& entry : entries_) {
        entry.remembered = *entry.word;
    }
}

bool DirtyTables::only_gained_flags() const {
    for (const Entry& entry : entries_) {
        const std::uint64_t now = *entry.word, flags = entry.is_leaf ? accessed | dirty : accessed;
        if ((entry.remembered & ~now) != 0 || (now & ~entry.remembered & ~flags) != 0) {
            return false;
        }
    }
    return true;
}

bool DirtyTables::is_as_remembered() const {
    for (const Entry& entry : entries_) {
        if (*entry.word != entry.remembered) {
            return false;
        }
    }
    return true;
}

bool DirtyTables::take_newly_dirty(std::uint64_t address) {
    Entry& entry = entries_[index_of(address)];
    const bool is_new = (*entry.word & ~entry.remembered & dirty) != 0;
    entry.remembered |= dirty;
    return is_new;
}

std::uint64_t DirtyTables::newly_dirty() const {
    std::uint64_t count = 0;
    for (const Entry& entry : entries_) {
        count += (*entry.word & ~entry.remembered & dirty) != 0 ? 1 : 0;
    }
    return count;
}

}  // namespace vmxspec::l1
