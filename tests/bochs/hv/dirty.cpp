/// A hypervisor that watches what its guest writes, as KVM does when it moves a guest to another machine: accessed and
/// dirty flags of EPT, the page-modification log on and off, several EPT12s in turn, storms of INVEPT. L2 reads or
/// writes a page a round; after it all entries of EPT12 and the log must be what the manual says (SDM 31.3.5, 31.3.6).
/// Which paging structures of L2's the processor looks at is its own business: each leaf that has become dirty must be
/// in the log once, and nothing else. Command line: rounds=N seed=N; `hv` first: there is a hypervisor beneath, which
/// does as the manual says where Bochs 2.7 does not. Without flags of EPT on the processor, none is set.
#include <array>
#include <optional>
#include <string_view>

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/interrupt_table.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "runtime/io/console.hpp"
#include "tests/bochs/hv/command_line.hpp"
#include "tests/bochs/hv/dirty_tables.hpp"
#include "tests/bochs/hv/hostile_lot.hpp"
#include "tests/bochs/hv/tally.hpp"

extern "C" {
// L2: one access to [RSI], and VMCALL.
void dirty_reads();
void dirty_writes();
}
asm(R"(
        .text
dirty_reads:
        movq    (%rsi), %rax
        vmcall
dirty_writes:
        movq    %rdi, (%rsi)
        vmcall
)");

namespace vmxspec::l1 {

namespace {

using runtime::at;
using runtime::PageAllocator;
using runtime::raw;
using runtime::VmEntryInstruction;
using runtime::VmxOutcome;

// Encodings that the hypervisor does not use (SDM appendix B).
constexpr Field pml_index{0x0812}, pml_address{0x200e};
constexpr std::uint64_t activate_secondary = 1U << 31, enable_ept = 1U << 1, enable_vpid = 1U << 5,
                        enable_pml = 1U << 17;
constexpr std::uint64_t vmcall = 18, ept_violation = 48, log_full = 62;
constexpr std::uint64_t log_entries = 512, index_bits = 0xffff, read_execute = Ept::read | Ept::execute;
/// The page of the window that may be the root of L2's paging structures.
constexpr std::uint64_t paging_page = Window::pages - 1;

constinit Tally tally;

/// What Bochs 2.7 does otherwise than SDM 31.3.6 says, bare: it logs addresses with their bits 11:0, and has a full log
/// cause VM exits of accesses that set no flag. How often; if it never does, it has changed.
struct Bochs {
    bool is_bare;
    std::uint64_t unaligned, needless;
};
constinit Bochs bochs{};

void expect(std::string_view what, std::uint64_t seen, std::uint64_t expected) { tally.expect(seen, expected, what); }

struct Access {
    std::uint64_t address, value;
    bool writes;
};

class Watcher {
public:
    Watcher(PageAllocator& pages, std::uint64_t seed);
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

    PageAllocator& pages_;
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

/// Linear addresses of L2's are guest-physical addresses: 2 GiB.
[[nodiscard]] PhysicalAddress paging_structures(PageAllocator& pages, PhysicalAddress root) {
    constexpr std::uint64_t table = 0x23, large_page = 0xe3, two_mib = 2U << 20, entries = 512;  // accessed, dirty
    const PhysicalAddress pointers = zeroed_page(pages);
    *at<std::uint64_t>(root) = raw(pointers) | table;
    for (std::uint64_t n = 0; n < 2; ++n) {
        const PhysicalAddress directory = zeroed_page(pages);
        at<std::uint64_t>(pointers)[n] = raw(directory) | table;
        for (std::uint64_t k = 0; k < entries; ++k) {
            at<std::uint64_t>(directory)[k] = (n * entries + k) * two_mib | large_page;
        }
    }
    return root;
}

Watcher::Watcher(PageAllocator& pages, std::uint64_t seed)
    : pages_{pages},
      lot_{seed},
      has_flags_{(runtime::read_msr(0x48c).value_or(0) >> 21 & 1) != 0},  // IA32_VMX_EPT_VPID_CAP (SDM A.10)
      has_log_{allows(Field::secondary_controls, enable_pml)} {
    for (PhysicalAddress& page : window_) {
        page = zeroed_page(pages);
    }
    log_ = zeroed_page(pages);
    cr3_ = paging_structures(pages, window_[paging_page]);
    for (std::size_t n = 0; n < tables_.size(); ++n) {
        tables_[n].build(pages, window_, raw(window_[0]) >> 21 << 21, has_flags_ && n % 3 != 2);
    }
    write_vmcs();
}

void Watcher::write_vmcs() {
    constexpr std::uint64_t host_64_bit = 1U << 9, ia32e_mode_guest = 1U << 9;
    make_vmcs(zeroed_page(pages_));
    set(Field::pin_based_controls, allowed(Field::pin_based_controls, 0));
    set(Field::processor_based_controls, allowed(Field::processor_based_controls, activate_secondary));
    set(Field::exit_controls, allowed(Field::exit_controls, host_64_bit));
    set(Field::entry_controls, allowed(Field::entry_controls, ia32e_mode_guest));
    set(Field::vpid, 1);
    set(Field::exception_bitmap, 0xffff'ffff);
    write_host(frame_, runtime::descriptor_tables, runtime::interrupt_table.base());
    write_guest64(runtime::descriptor_tables, runtime::interrupt_table.base());
    set(Field::guest_cr3, raw(cr3_));
    set(Field::guest_rflags, 2);
    set(Field::guest_rsp, 0);
    if (has_log_) {
        set(pml_address, raw(log_));
    }
}

std::uint64_t& Watcher::memory(std::uint64_t address) const {
    const std::uint64_t page = (address - Window::begin) / runtime::page_size;
    const std::uint64_t begin = address < Window::large_page ? raw(window_[page]) - Window::address(page)
                                                             : (raw(window_[0]) >> 21 << 21) - Window::large_page;
    return *at<std::uint64_t>(PhysicalAddress{begin + address});
}

/// Which EPT12, whether pages are logged, and where in the log.
void Watcher::choose() {
    if (lot_.below(4) == 0) {
        current_ = lot_.below(tables_.size());
    }
    logs_ = has_log_ && tables().has_flags() && lot_.below(4) != 0;
    const bool vpid = allows(Field::secondary_controls, enable_vpid);
    set(Field::eptp, tables().pointer());
    set(Field::secondary_controls, enable_ept | (vpid ? enable_vpid : 0) | (logs_ ? enable_pml : 0));
    if (has_log_) {
        constexpr std::array<std::uint64_t, 8> indices{511, 511, 0, 1, 2, 512, index_bits, 300};
        index_ = indices[lot_.below(indices.size())];
        set(pml_index, index_);
    }
}

void Watcher::change_tables() {
    const bool one = lot_.below(2) == 0;
    for (std::uint64_t n = lot_.below(6); n != 0; --n) {
        // Of the identity, what is in use is at the begin.
        const std::uint64_t any = lot_.below(DirtyTables::entry_count);
        const std::uint64_t identity = DirtyTables::first_of_identity + lot_.below(64);
        tables().clear(lot_.below(2) == 0 ? any : identity, lot_.below(3) == 0   ? accessed
                                                            : lot_.below(2) == 0 ? dirty
                                                                                 : accessed | dirty);
        tables().clear(tables().index_of(Window::address(lot_.below(Window::pages))), dirty);
    }
    if (lot_.below(8) == 0) {
        constexpr std::array<std::uint64_t, 4> choices{Ept::all, Ept::all, read_execute, Ept::read};
        tables().set_rights(lot_.below(paging_page), choices[lot_.below(choices.size())]);
    }
    const auto type = one ? runtime::InveptType::single_context : runtime::InveptType::global;
    // The root is what counts of an EPT pointer (SDM 31.4.3.1).
    const std::uint64_t pointer = tables().pointer() & ~(lot_.below(2) * DirtyTables::flags_in_use);
    if (runtime::invept(type, one ? pointer : 0) != VmxOutcome::succeed) {
        fail("INVEPT has failed");
    }
}

void Watcher::storm() {
    for (std::uint64_t n = lot_.below(64); n != 0; --n) {
        const DirtyTables& any = tables_[lot_.below(tables_.size())];
        if (runtime::invept(runtime::InveptType::single_context, any.pointer()) != VmxOutcome::succeed) {
            fail("INVEPT has failed");
        }
    }
}

Access Watcher::draw() {
    const std::uint64_t page = lot_.below(paging_page);
    const std::uint64_t in_large = Window::large_page + (raw(window_[page]) - (raw(window_[0]) >> 21 << 21));
    const bool is_large = lot_.below(4) == 0 && in_large < Window::large_page + two_mib;
    const std::uint64_t offset = lot_.below(runtime::page_size / 8) * 8;
    return {(is_large ? in_large : Window::address(page)) + offset, lot_.number(), lot_.below(2) == 0};
}

/// \return the exit reason
std::uint64_t Watcher::enter(const Access& access) {
    frame_.rsi = access.address;
    frame_.rdi = access.value;
    frame_.rax = ~access.value;
    set(Field::guest_rip, reinterpret_cast<std::uint64_t>(access.writes ? dirty_writes : dirty_reads));
    // L1's host state changes between VM entries by the same VMCS, as with a switch of processes.
    constexpr std::uint32_t ia32_fs_base = 0xc000'0100;
    constexpr std::uint64_t canonical = std::uint64_t{1} << 47;
    const std::uint64_t host_fs_base = lot_.below(4) == 0 ? lot_.below(canonical) : get(Field::host_fs_base);
    set(Field::host_fs_base, host_fs_base);
    tables().remember();
    const auto instruction = launched_ ? VmEntryInstruction::vmresume : VmEntryInstruction::vmlaunch;
    if (runtime::vm_entry(frame_, instruction) != VmxOutcome::succeed) {
        fail("a VM entry has failed");
    }
    launched_ = true;
    expect("L1's FS base", runtime::read_msr(ia32_fs_base).value_or(0), host_fs_base);
    return get(Field::exit_reason);
}

/// Each page that is dirty since the VM entry stands in the log once, and no other.
void Watcher::judge_log() {
    expect("an entry of EPT12 has lost a flag, or is another", tables().only_gained_flags() ? 1 : 0, 1);
    if (!tables().has_flags()) {
        expect("EPT12 without flags has some", tables().is_as_remembered() ? 0 : 1, 0);
    }
    if (!has_log_) {
        return;
    }
    const std::uint64_t index = get(pml_index);
    if (!logs_) {
        return expect("the PML index without a log", index, index_);
    }
    if (index_ >= log_entries) {
        expect("flags of EPT12 that the full log forbids", tables().is_as_remembered() ? 0 : 1, 0);
        return expect("the PML index of a full log", index, index_);
    }
    for (std::uint64_t n = index_; n != index; n = (n - 1) & index_bits) {
        const std::uint64_t address = at<std::uint64_t>(log_)[n];
        if (const std::uint64_t offset = address & (runtime::page_size - 1); offset != 0 && bochs.is_bare) {
            ++bochs.unaligned;
        } else {
            expect("bits 11:0 of a logged address", offset, 0);
        }
        expect("a page in the log that has become dirty", tables().take_newly_dirty(address) ? 1 : 0, 1);
        ++logged_;
    }
    expect("pages that are dirty and not in the log", tables().newly_dirty(), 0);
}

/// The access whose log was full has been done.
void Watcher::judge_need() {
    if (tables().is_as_remembered() && bochs.is_bare) {
        ++bochs.needless;
    } else {
        expect("a log-full event of an access that sets no flag", tables().is_as_remembered() ? 1 : 0, 0);
    }
}

/// L2 goes on with an empty log.
void Watcher::judge_full_log(const Access& access) {
    ++full_logs_;
    expect("a log-full event without a log", logs_ ? 1 : 0, 1);
    expect("a log-full event with room", get(pml_index) > log_entries - 1 ? 1 : 0, 1);
    expect("the qualification of a log-full event", get(Field::exit_qualification), 0);
    expect("RIP at a log-full event", get(Field::guest_rip),
           reinterpret_cast<std::uint64_t>(access.writes ? dirty_writes : dirty_reads));
    expect("the IDT-vectoring information of a log-full event", get(Field::idt_vectoring_information), 0);
    judge_log();
    index_ = log_entries - 1;
    set(pml_index, index_);
}

void Watcher::judge_violation(const Access& access) {
    constexpr std::uint64_t linear_is_valid = 1U << 7, of_final_translation = 1U << 8;
    const std::uint64_t rights = tables().leaf_of(access.address) & Ept::all;
    expect("the access that EPT12 forbids", access.writes && (rights & Ept::write) == 0 ? 1 : 0, 1);
    expect("the qualification of an EPT violation", get(Field::exit_qualification),
           Ept::write | rights << 3 | linear_is_valid | of_final_translation);
    expect("the guest-physical address", get(Field::guest_physical_address), access.address);
    judge_log();
}

void Watcher::judge(const Access& access) {
    const std::uint64_t leaf = tables().leaf_of(access.address);
    expect("the access that EPT12 allows", access.writes && (leaf & Ept::write) == 0 ? 0 : 1, 1);
    if (tables().has_flags()) {
        expect("accessed flags on the way to the page", tables().is_accessed(access.address) ? 1 : 0, 1);
        expect("the dirty flag of what was written", access.writes && (leaf & dirty) == 0 ? 0 : 1, 1);
    }
    expect(access.writes ? "what was written" : "what was read", access.writes ? memory(access.address) : frame_.rax,
           access.writes ? access.value : memory(access.address));
    judge_log();
}

void Watcher::round() {
    choose();
    if (lot_.below(2) == 0) {
        change_tables();
    }
    if (lot_.below(16) == 0) {
        storm();
    }
    const Access access = draw();
    const std::uint64_t before = memory(access.address);
    for (bool was_full = false;;) {
        const std::uint64_t reason = enter(access);
        if (reason != vmcall && access.writes) {
            expect("what was not written", memory(access.address), before);
        }
        if (reason == log_full) {
            judge_full_log(access);
            was_full = true;
            continue;
        }
        if (reason != vmcall && reason != ept_violation) {
            fail("a VM exit that nobody wants");
        }
        if (was_full && reason == vmcall) {
            judge_need();
        }
        return reason == vmcall ? judge(access) : judge_violation(access);
    }
}

void Watcher::read_only_paging_structure() {
    constexpr std::uint64_t linear_is_valid = 1U << 7;
    set(Field::guest_cr3, Window::address(paging_page));
    for (current_ = 0; current_ < tables_.size(); ++current_) {
        tables().set_rights(paging_page, read_execute);
        set(Field::eptp, tables().pointer());
        set(Field::secondary_controls, enable_ept);
        const std::uint64_t reason = enter({Window::begin, 0, false});
        expect("the exit reason with a paging structure that can't be written", reason,
               tables().has_flags() ? ept_violation : vmcall);
        if (reason == ept_violation) {
            // Such an access is told as a read and a write (SDM table 30-7); Bochs 2.7 tells a write.
            expect("its qualification", get(Field::exit_qualification) | Ept::read,
                   Ept::read | Ept::write | read_execute << 3 | linear_is_valid);
            expect("its guest-physical address", get(Field::guest_physical_address), Window::address(paging_page));
        }
        tables().set_rights(paging_page, Ept::all);
    }
}

}  // namespace

}  // namespace vmxspec::l1

void vmxspec::runtime::kernel_main(const BootInformation& boot, PageAllocator& pages) {
    using namespace l1;
    if (const auto refusal = enter_vmx_operation(zeroed_page(pages))) {
        refuse(sentence(*refusal));
    }
    const std::string_view line = boot.command_line();
    bochs.is_bare = !line.starts_with("hv");
    static constinit std::optional<Watcher> made;
    Watcher& watcher = made.emplace(pages, number_behind(line, "seed=", 1));
    for (std::uint64_t n = number_behind(line, "rounds=", 2000); n != 0; --n) {
        watcher.round();
    }
    if (watcher.has_log()) {
        l1::expect("no page was logged, or no log was full", watcher.logged() * watcher.full_logs() == 0 ? 1 : 0, 0);
        l1::expect("Bochs 2.7 as it was known", bochs.is_bare == (bochs.unaligned != 0 && bochs.needless != 0) ? 1 : 0,
                   1);
    }
    watcher.read_only_paging_structure();
    print(console, Decimal{watcher.logged()}, " pages logged, ", Decimal{watcher.full_logs()}, " log-full events\n");
    tally.close("dirty");
}
