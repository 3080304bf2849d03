/// What must be so after each round.
#include "tests/bochs/hv/dirty_watcher.hpp"

namespace vmxspec::l1 {

using runtime::at;

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
    for (std::uint64_t n = index_; n != index; n = (n - 1) & log_index_bits) {
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

}  // namespace vmxspec::l1
