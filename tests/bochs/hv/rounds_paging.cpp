#include "tests/bochs/hv/rounds_paging.hpp"

#include "runtime/cpu/control_register.hpp"
#include "tests/bochs/hv/l1_vmcs.hpp"

namespace vmxspec::l1 {

namespace {

using runtime::at;
using runtime::PageAllocator;
using runtime::raw;

constexpr std::uint64_t present = 1, table = 7, large_page = 0x87;  // for both privilege levels, writable
constexpr std::uint64_t cr4_pse = 1U << 4, cr4_pae = 1U << 5;
constexpr unsigned gib_shift = 30;
constexpr std::size_t witness_gib = AddressSpace::witness >> gib_shift;

/// A page of entries of paging structures: of 4 bytes, or of 8.
template <class Entry>
class Structure {
public:
    static constexpr std::uint64_t entries = runtime::page_size / sizeof(Entry);
    /// Of what an entry of a page directory maps.
    static constexpr std::uint64_t size = runtime::page_size * entries;

    explicit Structure(PageAllocator& pages) : page_{zeroed_page(pages)} {}

    [[nodiscard]] Entry& operator[](std::uint64_t n) const { return at<Entry>(page_)[n]; }
    [[nodiscard]] std::uint64_t address() const { return raw(page_); }

    /// A page directory for that part of the first 4 GiB. \param at_witness  the page table there; 0: it is elsewhere
    [[nodiscard]] static Structure directory(PageAllocator& pages, std::uint64_t begin, std::uint64_t at_witness) {
        const Structure made{pages};
        for (std::uint64_t n = 0; n < entries; ++n) {
            const bool is_witness = begin + n * size == AddressSpace::witness && at_witness != 0;
            made[n] = static_cast<Entry>(is_witness ? at_witness | table : (begin + n * size) | large_page);
        }
        return made;
    }
    /// A page table with one page, which says where it is. It is noted down.
    [[nodiscard]] static std::uint64_t of_witness(PageAllocator& pages, std::uint32_t& page) {
        const Structure made{pages};
        const PhysicalAddress own = zeroed_page(pages);
        page = static_cast<std::uint32_t>(raw(own));
        *at<std::uint32_t>(own) = page;
        made[0] = static_cast<Entry>(raw(own) | table);
        return made.address();
    }

private:
    PhysicalAddress page_;
};

[[nodiscard]] Word* low_part(void* entry) { return static_cast<Word*>(entry); }

}  // namespace

void AddressSpace::make(PageAllocator& pages, Paging paging) {
    using Narrow = Structure<std::uint32_t>;
    using Wide = Structure<std::uint64_t>;
    paging_ = paging;
    if (paging == Paging::two_levels) {
        const std::uint64_t first = Narrow::of_witness(pages, at_witness_[0]),
                            second = Narrow::of_witness(pages, at_witness_[1]);
        const Narrow directory = Narrow::directory(pages, 0, first);
        turning_ = low_part(&directory[witness / Narrow::size]);
        turned_bits_ = static_cast<Word>(first ^ second);
        cr3_ = directory.address();
        return;
    }
    const std::uint64_t first = Wide::of_witness(pages, at_witness_[0]),
                        second = Wide::of_witness(pages, at_witness_[1]);
    const Wide pointers{pages};
    for (std::uint64_t n = 0; n < 4; ++n) {
        const Wide directory = Wide::directory(pages, n << gib_shift, first);
        pointers[n] = directory.address() | (paging == Paging::pae ? present : table);
    }
    const Wide turned = Wide::directory(pages, std::uint64_t{witness_gib} << gib_shift, second);
    turning_ = low_part(&pointers[witness_gib]);
    turned_bits_ = static_cast<Word>((pointers[witness_gib] & ~(runtime::page_size - 1)) ^ turned.address());
    cr3_ = pointers.address();
    if (paging == Paging::four_levels) {
        const Wide root{pages};
        root[0] = pointers.address() | table;
        cr3_ = root.address();
    }
}

void AddressSpace::turn() {
    turned_ = !turned_;
    *static_cast<volatile Word*>(turning_) = *turning_ ^ turned_bits_;
}

std::uint64_t AddressSpace::cr4(std::uint64_t others) const {
    const std::uint64_t rest = others & ~(cr4_pse | cr4_pae);
    return rest | (paging_ == Paging::two_levels ? cr4_pse : cr4_pae);
}

void AddressSpace::use() const {
    constexpr std::uint64_t paging_with_write_protection = 0x8001'0000;
    // Where paging is on already, CR4.PAE does not change.
    runtime::write_cr4(cr4(runtime::read_cr4()));
    runtime::write_cr3(cr3_);
    runtime::write_cr0(runtime::read_cr0() | paging_with_write_protection);
}

std::uint32_t read_witness(bool forget) {
    const auto* const word = runtime::at<const volatile std::uint32_t>(PhysicalAddress{AddressSpace::witness});
    if (forget) {
        asm volatile("invlpg %0" : : "m"(*word) : "memory");
    }
    return *word;
}

}  // namespace vmxspec::l1
