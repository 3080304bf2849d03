/// EPT12 of dirty.cpp: what its accessed and dirty flags may become, and must, by one access of L2's.
#pragma once

#include <array>

#include "tests/bochs/hv/l1_vmcs.hpp"

namespace vmxspec::l1 {

inline constexpr std::uint64_t accessed = 1U << 8, dirty = 1U << 9;

/// L2's guest-physical addresses: the first GiB is L1's own memory, in pages of 2 MiB; behind it a window of a few
/// pages of 4 KiB, and one of 2 MiB.
struct Window {
    static constexpr std::uint64_t pages = 16, begin = std::uint64_t{1} << 30, large_page = begin + (2U << 20);
    static constexpr std::uint64_t address(std::uint64_t page) { return begin + page * runtime::page_size; }
};

class DirtyTables {
public:
    /// \param window  the pages in the window; \param large  the 2 MiB behind it
    void build(runtime::PageAllocator& pages, const std::array<PhysicalAddress, Window::pages>& window,
               std::uint64_t large, bool has_flags);

    [[nodiscard]] std::uint64_t pointer() const { return pointer_; }
    [[nodiscard]] bool has_flags() const;

    /// Rights of a page of the window; its flags stay. INVEPT is due.
    void set_rights(std::uint64_t page, std::uint64_t rights);
    [[nodiscard]] std::uint64_t rights(std::uint64_t page) const { return leaf_of(Window::address(page)) & Ept::all; }
    /// Clears flags of entry `n`, of all of them in turn. INVEPT is due.
    void clear(std::size_t n, std::uint64_t flags) { *entries_[n].word = *entries_[n].word & ~flags; }
    /// Entry that maps this address.
    [[nodiscard]] std::uint64_t leaf_of(std::uint64_t address) const { return *entries_[index_of(address)].word; }
    [[nodiscard]] std::size_t index_of(std::uint64_t address) const;
    /// All entries on the way to it are accessed.
    [[nodiscard]] bool is_accessed(std::uint64_t address) const;

    /// Remembers all entries.
    void remember();
    /// Whether every entry is as remembered, but for flags that have been set since, of the kind that it has.
    [[nodiscard]] bool only_gained_flags() const;
    [[nodiscard]] bool is_as_remembered() const;
    /// Whether the page that has the address is dirty, and was not when the entries were remembered; counts it once.
    [[nodiscard]] bool take_newly_dirty(std::uint64_t address);
    /// How many are, that have not been taken.
    [[nodiscard]] std::uint64_t newly_dirty() const;

    static constexpr std::uint64_t flags_in_use = 1U << 6;  ///< of the pointer (SDM table 27-9)
    static constexpr std::size_t first_of_identity = 5, first_of_window = first_of_identity + 512,
                                 entry_count = first_of_window + Window::pages;

private:
    struct Entry {
        volatile std::uint64_t* word;
        bool is_leaf;
        std::uint64_t remembered;
    };

    std::array<Entry, entry_count> entries_{};
    std::uint64_t pointer_ = 0;
};

}  // namespace vmxspec::l1
