/// EPT12 of a hostile L1: a few paging structures that lead to each other, to pages that L2 may have, and to where
/// nothing of L1's is, by entries that the manual allows and by others.
#pragma once

#include <array>

#include "tests/bochs/hv/hostile_lot.hpp"
#include "tests/bochs/hv/l1_vmcs.hpp"

namespace vmxspec::l1 {

/// Pages of L2's and what is nobody's RAM.
struct Places {
    PhysicalAddress code, tools;  ///< L2 may not write there
    std::uint64_t hidden;         ///< two_mib where the hypervisor is, 0 if it is not known
    std::array<std::uint64_t, 8> targets;
    std::size_t target_count;
};

/// What EPT12 makes of an access.
struct Walk {
    enum class End : std::uint8_t { page, violation, misconfiguration, unknown };

    End end;
    std::uint64_t page;
};

class Tables {
public:
    /// More EPT pointers than a hypervisor may keep translations of.
    static constexpr std::size_t roots = 7;

    Tables(runtime::PageAllocator& pages, const Places& places);

    [[nodiscard]] std::uint64_t pointer(std::size_t root) const;
    /// So many entries become others.
    void change(Lot& lot, std::uint64_t count);
    /// As the manual has it (SDM 31.3.2, 31.3.3): what is in the structures, not what is cached. The processor has to
    /// have pages of 2 MiB.
    [[nodiscard]] Walk walk(std::uint64_t eptp, std::uint64_t address, std::uint64_t access) const;
    [[nodiscard]] bool has_one_gib() const { return one_gib_; }
    /// An entry by lot, which maps nothing of L1's for writing but the structures themselves.
    [[nodiscard]] std::uint64_t entry(Lot& lot) const;

private:
    /// Behind the roots two structures for each level; the last two have pages.
    static constexpr std::size_t first_of_pages = roots + 4;

    /// One that leads to the next level, or to a page.
    [[nodiscard]] std::uint64_t good_entry(Lot& lot, std::size_t of) const;
    [[nodiscard]] bool is_misconfigured(std::uint64_t entry, unsigned level) const;

    Places places_;
    std::array<PhysicalAddress, first_of_pages + 2> structures_{};
    unsigned width_;
    bool execute_only_, one_gib_, has_flags_;
};

}  // namespace vmxspec::l1
