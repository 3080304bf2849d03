/// Paging structures for legacy.cpp.
#include "runtime/cpu/control_register.hpp"
#include "tests/bochs/hv/l1_vmcs.hpp"
#include "tests/bochs/hv/legacy.hpp"

namespace vmxspec::legacy {

namespace {

using l1::zeroed_page;
using runtime::at;
using runtime::PageAllocator;
using runtime::PhysicalAddress;
using runtime::raw;

constexpr std::uint64_t present = 1, writable = 2, large = 0x80, table = present | writable;
constexpr std::uint64_t reserved = std::uint64_t{1} << 62;  // of an entry of PAE paging
constexpr std::uint64_t cr4_pse = 1U << 4, cr4_pae = 1U << 5;

/// The page's table of 32-bit or PAE paging, with one size of entries.
template <class Entry>
class Table {
public:
    static constexpr std::uint64_t entries = runtime::page_size / sizeof(Entry);

    explicit Table(PageAllocator& pages) : page_{zeroed_page(pages)} {}

    [[nodiscard]] Entry& operator[](std::uint64_t n) const { return at<Entry>(page_)[n]; }
    [[nodiscard]] std::uint64_t address() const { return raw(page_); }

private:
    PhysicalAddress page_;
};

/// The directory that has each address of its part of 4 GiB for itself.
template <class Entry>
[[nodiscard]] Table<Entry> identity(PageAllocator& pages, std::uint64_t first) {
    constexpr std::uint64_t size = sizeof(Entry) == 4 ? std::uint64_t{4} << 20 : std::uint64_t{2} << 20;
    const Table<Entry> directory{pages};
    for (std::uint64_t n = 0; n < directory.entries; ++n) {
        directory[n] = static_cast<Entry>((first + n * size) | table | large);
    }
    return directory;
}

/// A table with the page as its first one.
template <class Entry>
[[nodiscard]] Table<Entry> table_of(PageAllocator& pages, PhysicalAddress page) {
    const Table<Entry> made{pages};
    made[0] = static_cast<Entry>(raw(page) | table);
    return made;
}

/// Two pages, of which the second one is not behind the first one; then none; then the first one once more, to be read
/// only.
template <class Entry>
[[nodiscard]] Table<Entry> window_table(PageAllocator& pages, const WindowPages& own) {
    const Table<Entry> made = table_of<Entry>(pages, own[0]);
    made[1] = static_cast<Entry>(raw(own[1]) | table);
    made[3] = made[5] = static_cast<Entry>(raw(own[0]) | present);
    made[6] = made[1];
    made[7] = made[3];
    if constexpr (sizeof(Entry) == sizeof reserved) {
        made[4] = raw(own[0]) | table | reserved;
    }
    return made;
}

}  // namespace

Paging paging32(PageAllocator& pages, const WindowPages& in_window_pages, const WindowPages& far_pages) {
    constexpr unsigned shift = 22;
    const auto directory = identity<std::uint32_t>(pages, 0);
    const auto in_window = window_table<std::uint32_t>(pages, in_window_pages);
    directory[window >> shift] = static_cast<Word>(in_window.address() | table);
    const auto first = table_of<std::uint32_t>(pages, far_pages[0]),
               second = table_of<std::uint32_t>(pages, far_pages[1]);
    Word& toggled = directory[far_page >> shift];
    toggled = static_cast<Word>(first.address() | table);
    return {static_cast<Word>(directory.address()), static_cast<Word>((runtime::read_cr4() & ~cr4_pae) | cr4_pse),
            in_window.address(), static_cast<Word>(reinterpret_cast<std::uint64_t>(&toggled)),
            static_cast<Word>(first.address() ^ second.address())};
}

Paging paging_pae(PageAllocator& pages, const WindowPages& in_window_pages, const WindowPages& far_pages) {
    constexpr unsigned shift = 21, gib_shift = 30;
    constexpr std::uint64_t in_directory = 0x1ff;
    // PDPTEs need not be where a page begins.
    constexpr std::uint64_t offset = 0x7e0;
    const PhysicalAddress place{Table<std::uint64_t>{pages}.address() + offset};
    auto* const pointers = at<std::uint64_t>(place);
    for (std::uint64_t n = 0; n < 4; ++n) {
        const auto directory = identity<std::uint64_t>(pages, n << gib_shift);
        pointers[n] = directory.address() | present;
    }
    const auto in_window = window_table<std::uint64_t>(pages, in_window_pages);
    const PhysicalAddress last{pointers[3] & ~present};
    at<std::uint64_t>(last)[window >> shift & in_directory] = in_window.address() | table;
    // A PDPTE, of which the processor has a copy of its own.
    const Table<std::uint64_t> first{pages}, second{pages};
    first[0] = table_of<std::uint64_t>(pages, far_pages[0]).address() | table;
    second[0] = table_of<std::uint64_t>(pages, far_pages[1]).address() | table;
    std::uint64_t& toggled = pointers[far_page >> gib_shift];
    toggled = first.address() | present;
    return {static_cast<Word>(raw(place)), static_cast<Word>(runtime::read_cr4() | cr4_pae), in_window.address(),
            static_cast<Word>(reinterpret_cast<std::uint64_t>(&toggled)),
            static_cast<Word>(first.address() ^ second.address())};
}

}  // namespace vmxspec::legacy
