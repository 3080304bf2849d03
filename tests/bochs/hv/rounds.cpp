/// A hypervisor that enters its guest round after round, on one or two processors, with timer interrupts and NMIs at
/// any time, and looks after each round at all that must be so: the VM exit and what it tells, every register of the
/// guest's, MSRs of both, and in the end that no interrupt was lost or came twice. Every so many rounds it takes other
/// controls. Command line: rounds=N processors=N; `hv` first: there is a hypervisor beneath.
#include <array>
#include <string_view>

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/start_up.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "runtime/io/console.hpp"
#include "tests/bochs/hv/l1_vmcs.hpp"
#include "tests/bochs/hv/rounds_machine.hpp"
#include "vmxspec/generated/entry_load.hpp"

// rounds_code.S
#define PIECES(X) X(cpuid) X(vmcall) X(hlt) X(rdmsr) X(reads_msr) X(out) X(sti) X(mov_ss) X(load) X(nmi)
#define DECLARE(name) void l2_##name(), l2_##name##_exit();
extern "C" {
PIECES(DECLARE)
}

namespace vmxspec::l1 {

namespace {

using generated::MsrAreaEntry;
using runtime::at;
using runtime::console;
using runtime::Decimal;
using runtime::PageAllocator;
using runtime::raw;
using runtime::VmEntryInstruction;
using runtime::VmxOutcome;

namespace reason {
constexpr std::uint64_t exception_or_nmi = 0, external_interrupt = 1, cpuid = 10, hlt = 12, vmcall = 18, io = 30,
                        rdmsr = 31, ept_violation = 48, count = 64;
}

// ---- What is tried

/// What a piece of code wants of the controls.
enum Need : std::uint8_t { nothing = 0, supervisor = 1, ept = 2, msr_bitmaps = 4, no_msr_bitmaps = 8 };

enum class Kind : std::uint8_t { cpuid, vmcall, hlt, rdmsr, reads_msr, out, sti, mov_ss, load, nmi };

struct Piece {
    Kind kind;
    void (*begin)();
    void (*exit)();
    std::uint64_t exit_reason, length;
    std::uint8_t needs;
    bool privileged;  ///< #GP at CPL 3
};

constexpr std::array pieces{
    Piece{Kind::cpuid, l2_cpuid, l2_cpuid_exit, reason::cpuid, 2, nothing, false},
    Piece{Kind::vmcall, l2_vmcall, l2_vmcall_exit, reason::vmcall, 3, nothing, false},
    Piece{Kind::hlt, l2_hlt, l2_hlt_exit, reason::hlt, 1, nothing, true},
    Piece{Kind::rdmsr, l2_rdmsr, l2_rdmsr_exit, reason::rdmsr, 2, no_msr_bitmaps, true},
    Piece{Kind::reads_msr, l2_reads_msr, l2_reads_msr_exit, reason::vmcall, 3, supervisor | msr_bitmaps, false},
    Piece{Kind::out, l2_out, l2_out_exit, reason::io, 2, nothing, false},
    Piece{Kind::sti, l2_sti, l2_sti_exit, reason::vmcall, 3, nothing, false},
    Piece{Kind::mov_ss, l2_mov_ss, l2_mov_ss_exit, reason::vmcall, 3, nothing, false},
    Piece{Kind::load, l2_load, l2_load_exit, reason::ept_violation, 3, ept, false},
    Piece{Kind::nmi, l2_nmi, l2_nmi_exit, reason::vmcall, 3, nothing, false},
};

/// Controls that change; each is drawn by lot.
struct Choice {
    bool external_interrupt_exiting, acknowledge, nmi_exiting, virtual_nmis, ept, vpid, user, msr_areas, msr_bitmaps,
        io_bitmaps;
};

// Settings of control words (SDM tables 27-5 to 27-15).
constexpr std::uint64_t pin_external_interrupt = 1, pin_nmi = 8, pin_virtual_nmis = 32;
constexpr std::uint64_t hlt_exiting = 1U << 7, unconditional_io = 1U << 24, use_io_bitmaps = 1U << 25,
                        use_msr_bitmaps = 1U << 28, activate_secondary = 1U << 31;
constexpr std::uint64_t enable_ept = 1U << 1, enable_vpid = 1U << 5;
constexpr std::uint64_t host_64_bit = 1U << 9, acknowledge_interrupt = 1U << 15, ia32e_mode_guest = 1U << 9;

constexpr std::uint64_t rflags_fixed = 2, rflags_if = 1U << 9, rflags_iopl = 3U << 12, rflags_arithmetic = 0x8d5;
constexpr std::uint64_t large = std::uint64_t{1} << 21;
constexpr std::uint64_t nothing_there = 0xd000'0000;  // where EPT maps nothing
constexpr std::uint32_t ia32_kernel_gs_base = 0xc000'0102, ia32_lstar = 0xc000'0082;
constexpr std::array area_msrs{ia32_kernel_gs_base, ia32_lstar};

constinit bool under_hypervisor = false;

// ---- One processor's hypervisor

class Host {
public:
    void prepare(PageAllocator& pages, std::uint64_t eptp, std::uint64_t l2_cr3);
    void run(Processor& self, std::uint64_t rounds);

private:
    void choose();
    void write_controls() const;
    void write_guest() const;
    [[nodiscard]] const Piece& draw();
    void set_registers(const Piece& piece);
    void enter_until(const Piece& piece);
    void take_interrupt(const Piece& piece);
    void judge(const Piece& piece);
    void judge_kept_registers() const;
    void judge_msrs() const;
    void enter();

    [[nodiscard]] Processor& other() const { return processors[self_ == &processors[0] && two_ ? 1 : 0]; }

    PhysicalAddress vmxon_{}, bitmaps_of_ones_{}, msr_bitmap_{}, entry_load_{}, exit_store_{}, exit_load_{}, stack_{};
    std::array<PhysicalAddress, 2> vmcs_{};
    std::array<bool, 2> launched_{};
    std::size_t current_ = 0;
    std::uint64_t eptp_ = 0, l2_cr3_ = 0;
    Processor* self_ = nullptr;
    Choice choice_{};
    runtime::VmEntryFrame given_{};  ///< L2's registers when the round began
    std::uint64_t rflags_ = 0;
    std::array<std::uint64_t, reason::count> exits_{}, due_{};

public:
    bool two_ = false;
};

constinit std::array<Host, most_processors> hosts{};

void Host::prepare(PageAllocator& pages, std::uint64_t eptp, std::uint64_t l2_cr3) {
    for (PhysicalAddress* const page : {&vmxon_, &bitmaps_of_ones_, &msr_bitmap_, &entry_load_, &exit_store_,
                                        &exit_load_, &stack_, &vmcs_[0], &vmcs_[1]}) {
        *page = zeroed_page(pages);
    }
    __builtin_memset(at<void>(bitmaps_of_ones_), 0xff, runtime::page_size);
    eptp_ = eptp;
    l2_cr3_ = l2_cr3;
}

/// Another VMCS, perhaps, and other controls.
void Host::choose() {
    const auto perhaps = [&] { return self_->below(2) != 0; };
    const bool nmi_exiting = perhaps();
    const std::uint64_t want_vpid = enable_vpid;
    choice_ = {perhaps(), perhaps(), nmi_exiting, nmi_exiting && perhaps(), perhaps(), perhaps(), perhaps(),
               perhaps(), perhaps(), perhaps()};
    choice_.vpid = choice_.vpid && allows(Field::secondary_controls, want_vpid);
    choice_.ept = choice_.ept && allows(Field::secondary_controls, enable_ept);
    current_ = self_->below(vmcs_.size());
    if (!launched_[current_] || self_->below(4) == 0) {
        make_vmcs(vmcs_[current_]);
        launched_[current_] = false;
    } else if (runtime::vmptrld(vmcs_[current_]) != VmxOutcome::succeed) {
        fail("VMPTRLD has failed");
    }
    write_controls();
    write_guest();
    write_host(self_->frame, self_->tables, idt());
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
    set(Field::exit_controls, allowed(Field::exit_controls, host_64_bit | when(c.acknowledge, acknowledge_interrupt)));
    set(Field::entry_controls, allowed(Field::entry_controls, ia32e_mode_guest));
    set(Field::exception_bitmap, 0xffff'ffff);
    set(Field::io_bitmap_a, raw(bitmaps_of_ones_));
    set(Field::io_bitmap_b, raw(bitmaps_of_ones_));
    set(Field::msr_bitmap, raw(msr_bitmap_));
    set(Field::eptp, eptp_);
    set(Field::vpid, 1 + current_);
    const std::uint64_t count = c.msr_areas ? area_msrs.size() : 0;
    set(Field::entry_msr_load_count, count);
    set(Field::exit_msr_store_count, count);
    set(Field::exit_msr_load_count, count);
    set(Field::entry_msr_load, raw(entry_load_));
    set(Field::exit_msr_store, raw(exit_store_));
    set(Field::exit_msr_load, raw(exit_load_));
    set(Field::entry_interruption_information, 0);
}

/// L2 is in 64-bit mode with L1's descriptor tables: an interrupt that does not exit is handled by L1's code.
void Host::write_guest() const {
    namespace selector = runtime::selector;
    constexpr unsigned cs = 1, gs = 5, ldtr = 6, tr = 7;
    constexpr std::uint64_t code64 = 0xa09b, data64 = 0xc093, cpl3 = 0x60, unusable = 0x10000, busy_tss = 0x8b;
    const std::uint64_t privilege = choice_.user ? cpl3 : 0;
    for (unsigned n = 0; n <= tr; ++n) {
        const std::uint64_t data = choice_.user ? selector::user_data : selector::data;
        const std::uint64_t code = choice_.user ? selector::user_code : selector::code;
        set(nth(Field::guest_es_selector, n), n == cs ? code : n <= gs ? data : n == ldtr ? 0 : selector::task);
        set(nth(Field::guest_es_base, n), n == tr ? self_->tables.task_base() : 0);
        set(nth(Field::guest_es_limit, n), n <= gs ? 0xffff'ffff : 0x67);
        set(nth(Field::guest_es_access_rights, n), n == cs     ? code64 | privilege
                                                   : n <= gs   ? data64 | privilege
                                                   : n == ldtr ? unusable
                                                               : busy_tss);
    }
    set(Field::guest_cr0, runtime::read_cr0());
    set(Field::guest_cr3, l2_cr3_);
    set(Field::guest_cr4, runtime::read_cr4());
    set(Field::guest_gdtr_base, self_->tables.gdt_base());
    set(Field::guest_gdtr_limit, 0x47);
    set(Field::guest_idtr_base, idt());
    set(Field::guest_idtr_limit, 0xfff);
    set(Field::guest_dr7, 0x400);
    set(Field::guest_rsp, raw(stack_) + runtime::page_size);
    set(Field::vmcs_link_pointer, ~std::uint64_t{0});
    set(Field::guest_interruptibility_state, 0);
    set(Field::guest_activity_state, 0);
    set(Field::guest_pending_debug_exceptions, 0);
}

const Piece& Host::draw() {
    for (;;) {
        const Piece& piece = pieces[self_->below(pieces.size())];
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
    for (std::uint64_t* const value :
         {&given_.rax, &given_.rdx, &given_.rbx, &given_.rbp, &given_.rsi, &given_.rdi, &given_.r8, &given_.r9,
          &given_.r10, &given_.r11, &given_.r12, &given_.r13, &given_.r14, &given_.r15}) {
        self_->below(2);
        *value = self_->random;
    }
    given_.rcx = 1 + self_->below(longest_wait);
    if (piece.kind == Kind::load) {
        given_.rsi = nothing_there + self_->below(large / 8) * 8;
    }
    if (piece.kind == Kind::nmi) {
        constexpr unsigned destination_place = 24;
        apic().write(runtime::ApicRegister::interrupt_command_high, other().id << destination_place);
        given_.rax = runtime::ipi::nmi | runtime::ipi::assert_level;
        given_.rdi = raw(apic().page()) + static_cast<std::uint64_t>(runtime::ApicRegister::interrupt_command);
        ++other().nmis_sent;
    }
    rflags_ = rflags_fixed | (self_->below(4) != 0 ? rflags_if : 0) | (choice_.user ? rflags_iopl : 0);
    set(Field::guest_rip, reinterpret_cast<std::uint64_t>(piece.begin));
    set(Field::guest_rflags, rflags_);
    std::uint64_t* const host_stack = &self_->frame.host_stack;
    const std::uint64_t kept = *host_stack;
    self_->frame = given_;
    *host_stack = kept;
}

void Host::enter() {
    self_->in_l2 = true;
    const auto instruction = launched_[current_] ? VmEntryInstruction::vmresume : VmEntryInstruction::vmlaunch;
    if (runtime::vm_entry(self_->frame, instruction) != VmxOutcome::succeed) {
        fail("a VM entry has failed");
    }
    self_->in_l2 = false;
    launched_[current_] = true;
}

/// A VM exit by an interrupt or an NMI, at any place of the piece or of a handler that L2 is in.
void Host::take_interrupt(const Piece& piece) {
    constexpr std::uint64_t valid = std::uint64_t{1} << 31, blocking_by_nmi = 8;
    const std::uint64_t rip = get(Field::guest_rip);
    const std::uint64_t interruptibility = get(Field::guest_interruptibility_state);
    const bool is_nmi = get(Field::exit_reason) == reason::exception_or_nmi;
    if (rip >= reinterpret_cast<std::uint64_t>(piece.begin) && rip <= reinterpret_cast<std::uint64_t>(piece.exit)) {
        // An NMI blocks others only after the VM exit (SDM 30.1), but Bochs 2.7 saves the blocking.
        const bool bochs_blocks = !under_hypervisor && is_nmi && !choice_.virtual_nmis;
        expect_equal("interruptibility at an interrupt", interruptibility, bochs_blocks ? blocking_by_nmi : 0);
        judge_kept_registers();
    } else {
        expect_equal("interruptibility in a handler of L2's", interruptibility & ~blocking_by_nmi, 0);
    }
    if (is_nmi && interruptibility != 0) {
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

void Host::enter_until(const Piece& piece) {
    constexpr unsigned type_place = 8, type_mask = 7, nmi = 2;
    for (;;) {
        enter();
        const std::uint64_t why = get(Field::exit_reason);
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

void Host::judge_kept_registers() const {
    const runtime::VmEntryFrame& f = self_->frame;
    expect(f.rbx == given_.rbx && f.rbp == given_.rbp && f.rsi == given_.rsi && f.rdi == given_.rdi &&
               f.r8 == given_.r8 && f.r9 == given_.r9 && f.r10 == given_.r10 && f.r11 == given_.r11 &&
               f.r12 == given_.r12 && f.r13 == given_.r13 && f.r14 == given_.r14 && f.r15 == given_.r15,
           "a register that L2 does not write", f.rbx, given_.rbx);
    expect_equal("RSP", get(Field::guest_rsp), raw(stack_) + runtime::page_size);
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
    constexpr std::uint64_t blocking_by_sti = 1, blocking_by_mov_ss = 2;
    constexpr std::uint64_t general_protection_fault = 0x8000'0b0d, low_half = 0xffff'ffff;
    constexpr unsigned high_half = 32, port_place = 16;
    const bool faults = piece.privileged && choice_.user;
    const std::uint64_t why = faults ? reason::exception_or_nmi : piece.exit_reason;
    ++due_[why];
    std::uint64_t rax = given_.rax, rcx = 0, rdx = given_.rdx, interruptibility = 0, rflags = rflags_;
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
            interruptibility = blocking_by_sti;
            break;
        case Kind::mov_ss:
            rax = choice_.user ? runtime::selector::user_data : runtime::selector::data;
            interruptibility = blocking_by_mov_ss;
            break;
        case Kind::load: {
            constexpr std::uint64_t data_read = 1, address_is_valid = 1U << 7, of_final_translation = 1U << 8;
            qualification = data_read | address_is_valid | of_final_translation;
            expect_equal("the guest-physical address", get(Field::guest_physical_address), given_.rsi);
            expect_equal("the guest-linear address", get(Field::guest_linear_address), given_.rsi);
            break;
        }
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
    expect_equal("the interruptibility state", get(Field::guest_interruptibility_state), interruptibility);
    expect_equal("RAX", self_->frame.rax, rax);
    expect_equal("RCX", self_->frame.rcx, rcx);
    expect_equal("RDX", self_->frame.rdx, rdx);
    judge_kept_registers();
    judge_msrs();
    if (piece.kind == Kind::nmi && !two_) {
        expect_equal("NMIs after the one that L2 has sent", self_->nmis(), self_->nmis_sent);
    }
    if (interruptibility != 0) {
        set(Field::guest_interruptibility_state, 0);
    }
}

void Host::run(Processor& self, std::uint64_t rounds) {
    constexpr std::uint64_t rounds_of_a_choice = 32, longest_count = 20'000, window_every = 4;
    self_ = &self;
    if (const auto refusal = runtime::enter_vmx_operation(vmxon_)) {
        runtime::refuse(sentence(*refusal));
    }
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
    expect(!self.armed, "timer interrupts", self.ticks(), self.arms);
    for (std::size_t n = 0; n < exits_.size(); ++n) {
        expect_equal("the count of VM exits of one reason", exits_[n], due_[n]);
    }
}

// ---- All processors

/// L2's linear addresses are the same as physical ones, for both privilege levels.
[[nodiscard]] std::uint64_t user_tables(PageAllocator& pages) {
    constexpr std::uint64_t table = 7, large_page = 0x87, entries = 512;
    const PhysicalAddress root = zeroed_page(pages), pointers = zeroed_page(pages);
    *at<std::uint64_t>(root) = raw(pointers) | table;
    for (std::uint64_t n = 0; n < 4; ++n) {
        const PhysicalAddress directory = zeroed_page(pages);
        at<std::uint64_t>(pointers)[n] = raw(directory) | table;
        for (std::uint64_t k = 0; k < entries; ++k) {
            at<std::uint64_t>(directory)[k] = (n * entries + k) * large | large_page;
        }
    }
    return raw(root);
}

/// The number behind NAME= on the command line.
[[nodiscard]] std::uint64_t number_of(std::string_view line, std::string_view name, std::uint64_t otherwise) {
    for (; line.size() > name.size(); line.remove_prefix(1)) {
        if (!line.starts_with(name)) {
            continue;
        }
        line.remove_prefix(name.size());
        std::uint64_t number = 0;
        for (; !line.empty() && line[0] >= '0' && line[0] <= '9'; line.remove_prefix(1)) {
            number = number * 10 + static_cast<std::uint64_t>(line[0] - '0');
        }
        return number;
    }
    return otherwise;
}

constinit std::uint64_t rounds = 10'000;
alignas(16) constinit std::array<std::byte, 32768> second_stack{};

void second_processor(void* /*argument*/) {
    begin(processors[1]);
    hosts[1].run(processors[1], rounds);
    __atomic_store_n(&processors[1].done, true, __ATOMIC_SEQ_CST);
    for (;;) {
        asm volatile("pause");
    }
}

void report(std::string_view what, std::uint64_t in_l1, std::uint64_t in_l2, std::uint64_t by_exit) {
    print(console, what, ": ", Decimal{in_l1}, " in L1, ", Decimal{in_l2}, " in L2, ", Decimal{by_exit},
          " by a VM exit\n");
    expect(in_l2 != 0 && by_exit != 0, "interrupts that have come in L2", in_l2, by_exit);
}

}  // namespace

}  // namespace vmxspec::l1

void vmxspec::runtime::kernel_main(const BootInformation& boot, PageAllocator& pages) {
    using namespace l1;
    l1::rounds = number_of(boot.command_line(), "rounds=", l1::rounds);
    under_hypervisor = boot.command_line().starts_with("hv");
    const bool two = number_of(boot.command_line(), "processors=", 1) == 2;
    Ept ept{pages};
    ept.map_identity();
    ept.unmap_large(nothing_there);
    const std::uint64_t l2_cr3 = user_tables(pages);
    for (std::size_t n = 0; n < most_processors; ++n) {
        processors[n].id = static_cast<std::uint32_t>(n);
        processors[n].random = 0x9e37'79b9'7f4a'7c15 + n;
        hosts[n].prepare(pages, ept.pointer(), l2_cr3);
        hosts[n].two_ = two;
    }
    begin(processors[0]);
    const auto page = start_up_page(boot.usable());
    if (two && page) {
        constexpr std::uint64_t lma = 1U << 10;
        const StartUpPage start{*page, read_cr3(), read_msr(msr::ia32_efer).value_or(0) & ~lma};
        constexpr std::array<std::uint32_t, 1> second{1};
        if (start.start(apic(), second) != 1) {
            refuse("the second processor does not start");
        }
        static constinit Errand errand{second_stack.data() + second_stack.size(), second_processor, nullptr};
        send_on(0, errand);
    }
    hosts[0].run(processors[0], l1::rounds);
    while (two && !__atomic_load_n(&processors[1].done, __ATOMIC_SEQ_CST)) {
        asm volatile("pause");
    }
    for (std::size_t n = 0; n < (two ? most_processors : 1); ++n) {
        const Processor& p = processors[n];
        expect_equal("NMIs that have come", p.nmis(), p.nmis_sent);
        l1::report("timer interrupts", p.ticks_in_l1, p.ticks_in_l2, p.ticks_by_exit);
        l1::report("NMIs", p.nmis_in_l1, p.nmis_in_l2, p.nmis_by_exit);
        expect(p.ticks_in_l1 != 0 && (!two || p.nmis_in_l1 != 0), "interrupts that have come in L1", p.ticks_in_l1, 1);
    }
    const Account all = account();
    print(console, "rounds: ", Decimal{all.passed}, " checks passed, ", Decimal{all.failed}, " failed, 0 skipped\n");
}
