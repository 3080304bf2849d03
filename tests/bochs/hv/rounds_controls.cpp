/// The controls and the guest of rounds.cpp.
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/msr.hpp"
#include "tests/bochs/hv/rounds_host.hpp"
#include "vmxspec/generated/entry_load.hpp"

namespace vmxspec::l1 {

namespace {

// Settings of control words (SDM tables 27-5 to 27-15).
constexpr std::uint64_t pin_external_interrupt = 1, pin_nmi = 8, pin_virtual_nmis = 32;
constexpr std::uint64_t hlt_exiting = 1U << 7, unconditional_io = 1U << 24, use_io_bitmaps = 1U << 25,
                        use_msr_bitmaps = 1U << 28, activate_secondary = 1U << 31;
constexpr std::uint64_t enable_ept = 1U << 1, enable_vpid = 1U << 5;
constexpr std::uint64_t acknowledge_interrupt = 1U << 15;

}  // namespace

using generated::MsrAreaEntry;
using runtime::at;
using runtime::PageAllocator;
using runtime::raw;
using runtime::VmxOutcome;

void Host::prepare(PageAllocator& pages, Paging own, std::uint64_t eptp) {
    for (PhysicalAddress* const page : {&vmxon_, &bitmaps_of_ones_, &msr_bitmap_, &entry_load_, &exit_store_,
                                        &exit_load_, &stack_, &vmcs_[0], &vmcs_[1]}) {
        *page = zeroed_page(pages);
    }
    __builtin_memset(at<void>(bitmaps_of_ones_), 0xff, runtime::page_size);
    eptp_ = eptp;
    own_.make(pages, own);
    before_entry_.make(pages, own);
    for (std::size_t n = 0; n < of_l2_.size(); ++n) {
        of_l2_[n].make(pages, paging_of_l2[n]);
    }
}

/// Another VMCS, perhaps, and other controls.
void Host::choose() {
    const auto perhaps = [&] { return self_->below(2) != 0; };
    const bool nmi_exiting = perhaps();
    const std::uint64_t want_vpid = enable_vpid;
    choice_ = {perhaps(), perhaps(), nmi_exiting, nmi_exiting && perhaps(),    perhaps(), perhaps(), perhaps(),
               perhaps(), perhaps(), perhaps(),   self_->one_of(of_l2_.size())};
    choice_.vpid = choice_.vpid && allows(Field::secondary_controls, want_vpid);
    choice_.ept = choice_.ept && allows(Field::secondary_controls, enable_ept);
    current_ = self_->one_of(vmcs_.size());
    if (!launched_[current_] || self_->below(4) == 0) {
        make_vmcs(vmcs_[current_]);
        launched_[current_] = false;
    } else if (runtime::vmptrld(vmcs_[current_]) != VmxOutcome::succeed) {
        fail("VMPTRLD has failed");
    }
    if (choice_.vpid && runtime::invvpid(runtime::InvvpidType::all_contexts, 0, 0) != VmxOutcome::succeed) {
        fail("INVVPID has failed");  // page tables have changed while there was no VPID
    }
    write_controls();
    write_guest();
    write_host(self_->frame, self_->tables, idt());
    set(Field::host_ia32_sysenter_cs, sysenter_cs);
    set(Field::host_ia32_sysenter_esp, sysenter_esp);
    set(Field::host_ia32_sysenter_eip, sysenter_eip);
    for (std::size_t n = 0; n < area_msrs.size(); ++n) {
        constexpr std::uint64_t canonical = std::uint64_t{1} << 47;
        at<MsrAreaEntry>(entry_load_)[n] = {area_msrs[n], 0, self_->below(canonical)};
        at<MsrAreaEntry>(exit_store_)[n] = {area_msrs[n], 0, 0};
        at<MsrAreaEntry>(exit_load_)[n] = {area_msrs[n], 0, self_->below(canonical)};
        if (!runtime::write_msr(area_msrs[n], at<MsrAreaEntry>(exit_load_)[n].data)) {
            fail("WRMSR has failed");
        }
    }
}

void Host::write_controls() const {
    const Choice& c = choice_;
    const auto when = [](bool is_chosen, std::uint64_t bits) { return is_chosen ? bits : 0; };
    const std::uint64_t secondary = when(c.ept, enable_ept) | when(c.vpid, enable_vpid);
    set(Field::pin_based_controls,
        allowed(Field::pin_based_controls, when(c.external_interrupt_exiting, pin_external_interrupt) |
                                               when(c.nmi_exiting, pin_nmi) | when(c.virtual_nmis, pin_virtual_nmis)));
    set(Field::processor_based_controls,
        allowed(Field::processor_based_controls, hlt_exiting | (c.io_bitmaps ? use_io_bitmaps : unconditional_io) |
                                                     when(c.msr_bitmaps, use_msr_bitmaps) |
                                                     when(secondary != 0, activate_secondary)));
    set(Field::secondary_controls, secondary);
    set(Field::exit_controls, allowed(Field::exit_controls, host_mode | when(c.acknowledge, acknowledge_interrupt)));
    set(Field::entry_controls, allowed(Field::entry_controls, guest_mode));
    set(Field::exception_bitmap, 0xffff'ffff);
    set(Field::io_bitmap_a, raw(bitmaps_of_ones_));
    set(Field::io_bitmap_b, raw(bitmaps_of_ones_));
    set(Field::msr_bitmap, raw(msr_bitmap_));
    set(Field::eptp, eptp_);
    set(Field::vpid, 1 + current_ * of_l2_.size() + c.address_space);
    const std::uint64_t count = c.msr_areas ? area_msrs.size() : 0;
    set(Field::entry_msr_load_count, count);
    set(Field::exit_msr_store_count, count);
    set(Field::exit_msr_load_count, count);
    set(Field::entry_msr_load, raw(entry_load_));
    set(Field::exit_msr_store, raw(exit_store_));
    set(Field::exit_msr_load, raw(exit_load_));
    set(Field::entry_interruption_information, 0);
}

void Host::write_pdptes() const {
    for (unsigned n = 0; n < pdptes; ++n) {
        set(nth(Field::guest_pdpte0, n), address_space().pdpte(n));
    }
}

/// L2 is in L1's mode with L1's descriptor tables: an interrupt that does not exit is handled by L1's code.
void Host::write_guest() const {
    namespace selector = runtime::selector;
    constexpr unsigned cs = 1, gs = 5, ldtr = 6, tr = 7;
    constexpr std::uint64_t data_rights = 0xc093, cpl3 = 0x60, unusable = 0x10000, busy_tss = 0x8b;
    const std::uint64_t privilege = choice_.user ? cpl3 : 0;
    for (unsigned n = 0; n <= tr; ++n) {
        const std::uint64_t data = choice_.user ? selector::user_data : selector::data;
        const std::uint64_t code = choice_.user ? selector::user_code : selector::code;
        set(nth(Field::guest_es_selector, n), n == cs ? code : n <= gs ? data : n == ldtr ? 0 : selector::task);
        set(nth(Field::guest_es_base, n), n == tr ? self_->tables.task_base() : 0);
        set(nth(Field::guest_es_limit, n), n <= gs ? 0xffff'ffff : 0x67);
        set(nth(Field::guest_es_access_rights, n), n == cs     ? code_rights | privilege
                                                   : n <= gs   ? data_rights | privilege
                                                   : n == ldtr ? unusable
                                                               : busy_tss);
    }
    set(Field::guest_cr0, runtime::read_cr0());
    set(Field::guest_cr3, address_space().cr3());
    set(Field::guest_cr4, address_space().cr4(runtime::read_cr4()));
    if (has_pdptes()) {
        write_pdptes();
    }
    set(Field::guest_gdtr_base, self_->tables.gdt_base());
    set(Field::guest_gdtr_limit, 0x47);
    set(Field::guest_idtr_base, idt());
    set(Field::guest_idtr_limit, idt_limit());
    set(Field::guest_dr7, 0x400);
    set(Field::guest_ia32_sysenter_cs, 0);
    set(Field::guest_ia32_sysenter_esp, 0);
    set(Field::guest_ia32_sysenter_eip, 0);
    set(Field::guest_rsp, raw(stack_) + runtime::page_size);
    set(Field::vmcs_link_pointer, ~std::uint64_t{0});
    set(Field::guest_interruptibility_state, 0);
    set(Field::guest_activity_state, 0);
    set(Field::guest_pending_debug_exceptions, 0);
}

}  // namespace vmxspec::l1
