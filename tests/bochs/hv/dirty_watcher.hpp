/// The hypervisor of dirty.cpp: what it changes, and what must be so after each round.
#pragma once

#include "tests/bochs/hv/dirty_tables.hpp"
#include "tests/bochs/hv/hostile_lot.hpp"
#include "tests/bochs/hv/tally.hpp"

extern "C" {
// L2: one access to [RSI], and VMCALL.
void dirty_reads();
void dirty_writes();
}

namespace vmxspec::l1 {

// Controls (SDM tables 27-6, 27-7) and exit reasons (appendix C).
inline constexpr std::uint64_t activate_secondary = 1U << 31, enable_ept = 1U << 1, enable_vpid = 1U << 5;
inline constexpr std::uint64_t vmcall = 18, ept_violation = 48, log_full = 62;
inline constexpr std::uint64_t log_entries = 512, log_index_bits = 0xffff, read_execute = Ept::read | Ept::execute;
/// The page of the window that may be the root of L2's paging structures.
inline constexpr std::uint64_t paging_page = Window::pages - 1;

/// What Bochs 2.7 does otherwise than SDM 31.3.6 says, bare: it logs addresses with their bits 11:0, and has a full log
/// cause VM exits of accesses that set no flag. How often; if it never does, it has changed.
struct Bochs {
    bool is_bare;
    std::uint64_t unaligned, needless;
};
extern Bochs bochs;
extern Tally tally;

inline void expect(std::string_view what, std::uint64_t seen, std::uint64_t expected) {
    tally.expect(seen, expected, what);
}

struct Access {
    std::uint64_t address, value;
    bool writes;
};

class Watcher {
public:
    Watcher(runtime::PageAllocator& pages, std::uint64_t seed);
    void round();
    /// With flags, accesses to paging structures are writes (SDM 31.3.5), which a page that can't be written forbids.
    void read_only_paging_structure();
    [[nodiscard]] std::uint64_t full_logs() const { return full_logs_; }
    [[nodiscard]] std::uint64_t logged() const { return logged_; }
    [[nodiscard]] bool has_log() const { return has_log_; }

private:
    void write_vmcs();
    void choose();
    void change_tables();
    void storm();
    [[nodiscard]] Access draw();
    [[nodiscard]] std::uint64_t enter(const Access& access);
    void judge_log();
    void judge_full_log(const Access& access);
    void judge_need();
    void judge(const Access& access);
    void judge_violation(const Access& access);
    [[nodiscard]] DirtyTables& tables() { return tables_[current_]; }
    [[nodiscard]] std::uint64_t& memory(std::uint64_t address) const;

    static constexpr std::size_t tables_count = 6;

    runtime::PageAllocator& pages_;
    Lot lot_;
    bool has_flags_, has_log_;
    std::array<DirtyTables, tables_count> tables_{};
    std::array<PhysicalAddress, Window::pages> window_{};
    PhysicalAddress log_{}, cr3_{};
    std::size_t current_ = 0;
    bool logs_ = false, launched_ = false;
    std::uint64_t index_ = 0;  ///< the PML index before the VM entry
    std::uint64_t full_logs_ = 0, logged_ = 0;
    runtime::VmEntryFrame frame_{};
};

}  // namespace vmxspec::l1
