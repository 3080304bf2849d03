#include "tests/bochs/hv/dirty_watcher.hpp"

#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/interrupt_table.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/vmx_operation.hpp"

asm(R"(
        .text
        .globl  dirty_reads, dirty_writes
dirty_reads:
        movq    (%rsi), %rax
        vmcall
dirty_writes:
        movq    %rdi, (%rsi)
        vmcall
)");

namespace vmxspec::l1 {

using runtime::at;
using runtime::PageAllocator;
using runtime::raw;
using runtime::VmEntryInstruction;
using runtime::VmxOutcome;

constinit Tally tally;
constinit Bochs bochs{};

namespace {

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

}  // namespace

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
        constexpr std::array<std::uint64_t, 8> indices{511, 511, 0, 1, 2, 512, log_index_bits, 300};
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

}  // namespace vmxspec::l1
