/// The VMCS that enters, which everything begins from.
#include "runtime/cpu/interrupt_table.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "tests/bochs/hv/hostile.hpp"
#include "vmxspec/generated/entry_state.hpp"

namespace vmxspec::l1 {

using runtime::at;
using runtime::PageAllocator;
using runtime::VmxOutcome;

namespace {

/// Behind the end of each piece of RAM: the hypervisor, tables of the firmware, or nothing.
[[nodiscard]] Places find_places(PageAllocator& pages, const runtime::BootInformation& boot) {
    Places places{zeroed_page(pages), zeroed_page(pages), 0, {}, 0};
    for (const runtime::Region& region : boot.usable()) {
        if (region.end > two_mib && region.end < runtime::mapped_end && places.target_count < 4) {
            places.targets[places.target_count++] = region.end;
            if (region.end % two_mib == 0 &&
                *at<const std::uint64_t>(PhysicalAddress{region.end}) == ~std::uint64_t{0}) {
                places.hidden = region.end;
            }
        }
    }
    // The screen's memory, nothing, and beyond the address width. Neither APIC nor HPET: Bochs ends at some reads
    // there.
    for (const std::uint64_t target : {std::uint64_t{0xa'0000}, std::uint64_t{0xf000'0000}, std::uint64_t{1} << 45}) {
        places.targets[places.target_count++] = target;
    }
    return places;
}

[[nodiscard]] std::uint64_t end_of_ram(const runtime::BootInformation& boot) {
    std::uint64_t end = 0;
    for (const runtime::Region& region : boot.usable()) {
        end = region.end < runtime::mapped_end && region.end > end ? region.end : end;
    }
    return end;
}

}  // namespace

Attack::Attack(PageAllocator& pages, const runtime::BootInformation& boot, PhysicalAddress vmxon_region,
               std::uint64_t seed)
    : lot_{seed},
      vmxon_region_{vmxon_region},
      vmcs_{zeroed_page(pages)},
      other_{zeroed_page(pages)},
      area_{zeroed_page(pages)},
      ept_{pages},
      places_{find_places(pages, boot)},
      ram_end_{end_of_ram(boot)},
      tables_{pages, places_} {
    make_code();
    map_code();
    tables_.change(lot_, 1U << 15);
    own_ = Own::now();
    *at<std::uint32_t>(other_) = runtime::vmcs_revision();
    make_vmcs(vmcs_);
    write_base();
    note_base();
}

/// A page of VMCALL, and one that has tools in it.
void Attack::make_code() {
    constexpr std::array<std::uint8_t, 3> vmcall{0x0f, 0x01, 0xc1};
    struct Piece {
        Tool tool;
        std::array<std::uint8_t, 7> code;
    };
    constexpr std::array pieces{
        Piece{Tool::read, {0x8b, 0x03, 0x0f, 0x01, 0xc1}},               // movl (%ebx), %eax
        Piece{Tool::write, {0x89, 0x03, 0x8b, 0x0b, 0x0f, 0x01, 0xc1}},  // movl %eax, (%ebx); movl (%ebx), %ecx
        Piece{Tool::rdmsr, {0x0f, 0x32, 0x0f, 0x01, 0xc1}},
        Piece{Tool::out, {0xee, 0x0f, 0x01, 0xc1}},
        Piece{Tool::write_twice, {0x89, 0x03, 0x89, 0x01, 0x0f, 0x01, 0xc1}},  // movl %eax, (%ebx); movl %eax, (%ecx)
    };
    for (std::size_t n = 0; n < runtime::page_size; ++n) {
        at<std::uint8_t>(places_.code)[n] = at<std::uint8_t>(places_.tools)[n] = vmcall[n % vmcall.size()];
    }
    for (const Piece& piece : pieces) {
        __builtin_memcpy(at<std::uint8_t>(places_.tools) + static_cast<std::size_t>(piece.tool), piece.code.data(),
                         piece.code.size());
    }
}

void Attack::map_code() {
    for (std::uint64_t page = 0; page < tools_begin; page += runtime::page_size) {
        ept_.map(page, places_.code, Ept::read | Ept::execute);
    }
    ept_.map(tools_begin, places_.tools, Ept::read | Ept::execute);
}

/// L2 in 32-bit protected mode without paging, in its page of VMCALL.
void Attack::write_base() {
    constexpr std::uint64_t none = ~std::uint64_t{0}, unusable = 1U << 16, flat = 0xffff'ffff, rip = 0x1000;
    constexpr std::uint64_t code_32 = 0xc09b, data_32 = 0xc093, busy_task = 0x8b;
    constexpr unsigned cs = 1, ldtr = 6, tr = 7;
    has_timer_ = allows(Field::pin_based_controls, preemption_timer);
    set(Field::pin_based_controls, allowed(Field::pin_based_controls, has_timer_ ? preemption_timer : 0));
    set(Field::processor_based_controls,
        allowed(Field::processor_based_controls, secondary_controls | hlt_exiting | io_exiting));
    set(Field::secondary_controls, allowed(Field::secondary_controls, ept_and_unrestricted));
    set(Field::exit_controls, allowed(Field::exit_controls, host_address_space_size | load_efer));
    set(Field::entry_controls, allowed(Field::entry_controls, 0));
    set(Field::eptp, ept_.pointer());
    set(Field::vmcs_link_pointer, none);
    for (unsigned n = 0; n <= tr; ++n) {
        set(nth(Field::guest_es_limit, n), n == tr ? 0xff : flat);
        set(nth(Field::guest_es_access_rights, n), n == cs     ? code_32
                                                   : n == tr   ? busy_task
                                                   : n == ldtr ? unusable
                                                               : data_32);
        set(nth(Field::guest_es_selector, n), n == cs || n == tr ? 8 : n == ldtr ? 0 : 16);
    }
    set(Field::guest_cr0, runtime::fixed_cr0(0) & ~(std::uint64_t{1} << 31));
    set(Field::guest_cr4, runtime::fixed_cr4(0));
    set(Field::guest_rflags, 2);
    set(Field::guest_rip, rip);
    set(Field::guest_dr7, 0x400);
    if (has_timer_) {
        constexpr std::uint64_t long_enough = 10'000;
        set(Field::guest_preemption_timer, long_enough);
    }
    write_host(frame_, runtime::descriptor_tables, runtime::interrupt_table.base());
    // For a control that asks for them: they may be missing.
    static_cast<void>(runtime::vmwrite(encoding(Field::host_ia32_efer), own_.efer));
    for (const Field field : {Field::host_ia32_pat, Field::guest_ia32_pat}) {
        static_cast<void>(runtime::vmwrite(encoding(field), own_.pat));
    }
}

/// All fields that can be written, as they are.
void Attack::note_base() {
    constexpr std::uint32_t type = 3U << 10, read_only = 1U << 10;
    generated::EntryState<std::uint64_t> list;
    generated::each_vmcs_field(list, [&](std::uint32_t number, const auto& /*member*/) {
        const runtime::VmxValue read = runtime::vmread(number);
        if ((number & type) != read_only && read.outcome == VmxOutcome::succeed && fields_ < base_.size()) {
            base_[fields_++] = {number, read.value};
        }
    });
}

/// The VMCS and EPT as they were.
void Attack::set_again() {
    make_vmcs(vmcs_);
    launched_ = false;
    tools_at_ = tools_begin;
    for (std::size_t n = 0; n < fields_; ++n) {
        if (runtime::vmwrite(base_[n].encoding, base_[n].value) != VmxOutcome::succeed) {
            fail("a field can't be written any more");
        }
    }
    if (touched_ept_) {
        map_code();
        static_cast<void>(runtime::invept(runtime::InveptType::global, 0));
        touched_ept_ = false;
    }
}

}  // namespace vmxspec::l1
