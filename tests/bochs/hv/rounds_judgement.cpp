/// What must be so after a VM exit.
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/msr.hpp"
#include "tests/bochs/hv/rounds_host.hpp"
#include "vmxspec/generated/entry_load.hpp"

namespace vmxspec::l1 {

using generated::MsrAreaEntry;
using runtime::at;
using runtime::raw;

/// Of what a VM exit has saved, what can be judged. Bit 3 of the field that a VM entry loads decides virtual-NMI
/// blocking (SDM 29.7.1), but Bochs 2.7 keeps blocking that is there: with three hypervisors, which all have virtual
/// NMIs, one gets it from the guest of another, until the next IRET.
std::uint64_t Host::interruptibility() const {
    return get(Field::guest_interruptibility_state) & (hypervisors > 1 ? ~blocking_by_nmi : ~std::uint64_t{0});
}

/// It is so, bare: or else `interruptibility` may judge more.
void Host::expect_lasting_virtual_nmi_blocking() {
    constexpr const Piece& vmcall = pieces[1];
    static_assert(vmcall.kind == Kind::vmcall);
    do {
        choose();
    } while (!choice_.virtual_nmis);
    for (const std::uint64_t blocking : {blocking_by_nmi, std::uint64_t{0}}) {
        set_registers(vmcall);
        set(Field::guest_interruptibility_state, blocking);
        enter();
    }
    expect_equal("virtual-NMI blocking that Bochs 2.7 keeps", interruptibility(), blocking_by_nmi);
}

/// A VM exit by an interrupt or an NMI, at any place of the piece or of a handler that L2 is in.
void Host::take_interrupt(const Piece& piece) {
    constexpr std::uint64_t valid = std::uint64_t{1} << 31;
    const std::uint64_t rip = get(Field::guest_rip);
    const std::uint64_t blocking = interruptibility();
    const bool is_nmi = get(Field::exit_reason) == reason::exception_or_nmi;
    if (rip >= reinterpret_cast<std::uint64_t>(piece.begin) && rip <= reinterpret_cast<std::uint64_t>(piece.exit)) {
        // An NMI blocks others only after the VM exit (SDM 30.1), but Bochs 2.7 saves the blocking.
        const bool bochs_blocks = hypervisors == 0 && is_nmi && !choice_.virtual_nmis;
        expect_equal("interruptibility at an interrupt", blocking, bochs_blocks ? blocking_by_nmi : 0);
        judge_kept_registers();
    } else {
        expect_equal("interruptibility in a handler of L2's", blocking & ~blocking_by_nmi, 0);
    }
    if (is_nmi && get(Field::guest_interruptibility_state) != 0) {
        set(Field::guest_interruptibility_state, 0);
    }
    judge_msrs();
    const std::uint64_t information = get(Field::exit_interruption_information);
    if (is_nmi) {
        expect(choice_.nmi_exiting, "NMI exiting", information, 0);
        return take_nmi_of_exit(*self_);
    }
    expect(choice_.external_interrupt_exiting, "external-interrupt exiting", information, 0);
    if (choice_.acknowledge) {
        expect_equal("the interrupt that was acknowledged", information, valid | timer_vector);
        return take_tick(*self_, self_->ticks_by_exit);
    }
    expect_equal("an interrupt that was not acknowledged", information & valid, 0);
    const std::uint64_t before = self_->ticks();
    open_window();
    expect_equal("timer interrupts after the VM exit that tells of one", self_->ticks() - before, 1);
}

void Host::judge_kept_registers() const {
    const runtime::VmEntryFrame& f = self_->frame;
    for (const auto kept : registers_kept()) {
        expect_equal("a register that L2 does not write", f.*kept, given_.*kept);
    }
    expect_equal("RSP", get(Field::guest_rsp), raw(stack_) + runtime::page_size);
}

/// After a VM exit L1 has its own registers (SDM 30.5), and its own paging structures translate; with VPID the TLBs may
/// still have other translations (SDM 31.4.3.1).
void Host::judge_l1() const {
    const RegisterValues now = read_registers();
    for (std::size_t n = 0; n < register_count; ++n) {
        expect_equal(registers_loaded[n].name, now[n], after_exit_[n]);
    }
    expect_equal("what L1 reads by its paging structures", read_witness(choice_.vpid), own_.page_at_witness());
}

/// Of what a VM exit saves of L2's, that which L2 never changes.
void Host::judge_l2() const {
    expect_equal("CR3 of L2's", get(Field::guest_cr3), address_space().cr3());
    expect_equal("CR4 of L2's", get(Field::guest_cr4), address_space().cr4(runtime::read_cr4()));
    expect_equal("CR0 of L2's", get(Field::guest_cr0), runtime::read_cr0());
    expect_equal("IDTR's limit of L2's", get(Field::guest_idtr_limit), idt_limit());
    if (has_pdptes()) {
        for (unsigned n = 0; n < pdptes; ++n) {
            expect_equal("a PDPTE of L2's", get(nth(Field::guest_pdpte0, n)), address_space().pdpte(n));
        }
    }
}

/// After a VM exit L1 has its own, and what L2 had is in the area.
void Host::judge_msrs() const {
    for (std::size_t n = 0; n < area_msrs.size(); ++n) {
        expect_equal("an MSR of L1's", runtime::read_msr(area_msrs[n]).value_or(0),
                     at<MsrAreaEntry>(exit_load_)[n].data);
        expect_equal("an MSR in the VM-exit MSR-store area", at<MsrAreaEntry>(exit_store_)[n].data,
                     choice_.msr_areas ? at<MsrAreaEntry>(entry_load_)[n].data : 0);
    }
}

void Host::judge(const Piece& piece) {
    constexpr std::uint64_t general_protection_fault = 0x8000'0b0d, low_half = 0xffff'ffff;
    constexpr unsigned high_half = 32, port_place = 16;
    const bool faults = piece.privileged && choice_.user;
    const Word why = faults ? reason::exception_or_nmi : piece.exit_reason;
    ++due_[why];
    std::uint64_t rax = given_.rax, rcx = 0, rdx = given_.rdx, blocking = 0, rflags = rflags_;
    std::uint64_t qualification = 0;
    switch (piece.kind) {
        case Kind::rdmsr: rcx = ia32_kernel_gs_base; break;
        case Kind::reads_msr: {
            const PhysicalAddress area = choice_.msr_areas ? entry_load_ : exit_load_;
            rcx = ia32_kernel_gs_base;
            rax = at<MsrAreaEntry>(area)->data & low_half;
            rdx = at<MsrAreaEntry>(area)->data >> high_half;
            break;
        }
        case Kind::out: qualification = (rdx & 0xffff) << port_place | 1; break;  // of two bytes
        case Kind::sti:
            rflags |= rflags_if;
            // STI blocks events only if IF was 0, and CLI has made it so.
            blocking = blocking_by_sti;
            break;
        case Kind::mov_ss:
            rax = choice_.user ? runtime::selector::user_data : runtime::selector::data;
            blocking = blocking_by_mov_ss;
            break;
        case Kind::load: {
            constexpr std::uint64_t data_read = 1, address_is_valid = 1U << 7, of_final_translation = 1U << 8;
            qualification = data_read | address_is_valid | of_final_translation;
            expect_equal("the guest-physical address", get(Field::guest_physical_address), given_.rsi);
            expect_equal("the guest-linear address", get(Field::guest_linear_address), given_.rsi);
            break;
        }
        case Kind::reads_memory: rax = address_space().page_at_witness(); break;
        default: break;
    }
    expect_equal("the exit reason", get(Field::exit_reason), why);
    expect_equal("the exit qualification", get(Field::exit_qualification), qualification);
    expect_equal("the VM-exit interruption information", get(Field::exit_interruption_information),
                 faults ? general_protection_fault : 0);
    expect_equal("the IDT-vectoring information", get(Field::idt_vectoring_information), 0);
    if (!faults && why != reason::ept_violation) {
        expect_equal("the instruction length", get(Field::exit_instruction_length), piece.length);
    }
    expect_equal("RIP", get(Field::guest_rip), reinterpret_cast<std::uint64_t>(piece.exit));
    expect_equal("RFLAGS", get(Field::guest_rflags) & ~(rflags_arithmetic | 1U << 16), rflags);
    expect_equal("the interruptibility state", interruptibility(), blocking);
    expect_equal("RAX", self_->frame.rax, rax);
    expect_equal("RCX", self_->frame.rcx, rcx);
    expect_equal("RDX", self_->frame.rdx, rdx);
    judge_kept_registers();
    judge_msrs();
    judge_l2();
    if (piece.kind == Kind::nmi && !two_ && hypervisors < 2) {
        expect_equal("NMIs after the one that L2 has sent", self_->nmis(), self_->nmis_sent);
    }
    if (blocking != 0) {
        set(Field::guest_interruptibility_state, 0);
    }
}

}  // namespace vmxspec::l1
