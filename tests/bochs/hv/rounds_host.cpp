/// The rounds.
#include "tests/bochs/hv/rounds_host.hpp"

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/vmx_operation.hpp"

namespace vmxspec::l1 {

using runtime::raw;
using runtime::VmEntryInstruction;
using runtime::VmxOutcome;

constinit std::uint64_t hypervisors = 0;

const Piece& Host::draw() const {
    for (;;) {
        const Piece& piece = pieces[self_->one_of(pieces.size())];
        const bool nmi_on_its_way = other().nmis() != other().nmis_sent;
        if (((piece.needs & supervisor) != 0 && choice_.user) || ((piece.needs & ept) != 0 && !choice_.ept) ||
            ((piece.needs & msr_bitmaps) != 0 && !choice_.msr_bitmaps) ||
            ((piece.needs & no_msr_bitmaps) != 0 && choice_.msr_bitmaps) ||
            (piece.kind == Kind::nmi && nmi_on_its_way)) {
            continue;
        }
        return piece;
    }
}

void Host::set_registers(const Piece& piece) {
    constexpr std::uint64_t longest_wait = 1024;
    const auto any = [&] {
        self_->below(2);
        return static_cast<Word>(self_->random);
    };
    given_.rax = any();
    given_.rdx = any();
    for (const auto kept : registers_kept()) {
        given_.*kept = any();
    }
    given_.rcx = 1 + self_->below(longest_wait);
    if (piece.kind == Kind::load) {
        given_.rsi = nothing_there + self_->below(large / 8) * 8;
    }
    if (piece.kind == Kind::reads_memory) {
        given_.rsi = AddressSpace::witness;
    }
    if (piece.kind == Kind::nmi) {
        constexpr unsigned destination_place = 24;
        apic().write(runtime::ApicRegister::interrupt_command_high, other().id << destination_place);
        given_.rax = runtime::ipi::nmi | runtime::ipi::assert_level;
        given_.rdi = raw(apic().page()) + static_cast<std::uint64_t>(runtime::ApicRegister::interrupt_command);
        ++other().nmis_sent;
    }
    if (!choice_.vpid) {
        turn_l2();
    }
    rflags_ = rflags_fixed | (self_->below(4) != 0 ? rflags_if : 0) | (choice_.user ? rflags_iopl : 0);
    set(Field::guest_rip, reinterpret_cast<std::uint64_t>(piece.begin));
    set(Field::guest_rflags, rflags_);
    std::uint64_t* const host_stack = &self_->frame.host_stack;
    const std::uint64_t kept = *host_stack;
    self_->frame = given_;
    *host_stack = kept;
}

/// Another page is at L2's witness. The VM entry finds it: PDPTEs are loaded from memory or from the VMCS
/// (SDM 29.3.2.4), and without VPID nothing of L2's is left in the TLBs (SDM 31.4.3.1).
void Host::turn_l2() {
    AddressSpace& space = of_l2_[choice_.address_space];
    space.turn();
    if (has_pdptes()) {
        write_pdptes();
    }
}

/// Registers become others than those of the host state, which the VM exit has to load.
void Host::leave_host_state() const {
    runtime::write_dr7(dr7_before_entry);
    runtime::write_cr4(runtime::read_cr4() ^ cr4_before_entry);
    runtime::write_cr3(before_entry_.cr3());
    const runtime::TablePointer table{static_cast<std::uint16_t>(idt_limit()), idt()};
    asm volatile("lidt %0" : : "m"(table) : "memory");
    asm volatile("mov %0, %%fs\n\tmov %0, %%gs" : : "r"(std::uint32_t{runtime::selector::data}));
}

void Host::enter() {
    own_.turn();
    leave_host_state();
    self_->in_l2 = true;
    const auto instruction = launched_[current_] ? VmEntryInstruction::vmresume : VmEntryInstruction::vmlaunch;
    if (runtime::vm_entry(self_->frame, instruction) != VmxOutcome::succeed) {
        fail("a VM entry has failed");
    }
    self_->in_l2 = false;
    launched_[current_] = true;
    judge_l1();
}

void Host::enter_until(const Piece& piece) {
    constexpr unsigned type_place = 8, type_mask = 7, nmi = 2;
    for (;;) {
        enter();
        const auto why = static_cast<Word>(get(Field::exit_reason));
        ++exits_[why % reason::count];
        const bool is_nmi = why == reason::exception_or_nmi &&
                            (get(Field::exit_interruption_information) >> type_place & type_mask) == nmi;
        if (!is_nmi && why != reason::external_interrupt) {
            return;
        }
        ++due_[why];
        take_interrupt(piece);
    }
}

void Host::run(Processor& self, std::uint64_t rounds) {
    constexpr std::uint64_t rounds_of_a_choice = 32, longest_count = 20'000, window_every = 4;
    self_ = &self;
    own_.use();
    if (const auto refusal = runtime::enter_vmx_operation(vmxon_)) {
        runtime::refuse(sentence(*refusal));
    }
    after_exit_ = after_vm_exit(read_registers());
    for (std::uint64_t n = 0; n < rounds; ++n) {
        if (n % rounds_of_a_choice == 0) {
            choose();
        }
        if (!self.armed) {
            arm(self, static_cast<std::uint32_t>(1 + self.below(longest_count)));
        }
        if (self.below(window_every) == 0) {
            open_window();
        }
        const Piece& piece = draw();
        set_registers(piece);
        enter_until(piece);
        judge(piece);
    }
    for (unsigned n = 0; n < 1'000'000 && self.armed; ++n) {
        open_window();
    }
    unblock_nmi();  // for which one may wait: `interruptibility`
    expect(!self.armed, "timer interrupts", self.ticks(), self.arms);
    for (std::size_t n = 0; n < exits_.size(); ++n) {
        expect_equal("the count of VM exits of one reason", exits_[n], due_[n]);
    }
    if (hypervisors == 0 && !two_) {
        expect_lasting_virtual_nmi_blocking();
    }
}

}  // namespace vmxspec::l1
