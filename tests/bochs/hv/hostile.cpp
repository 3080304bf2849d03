/// A hostile L1: it changes fields of a VMCS that enters, by lot, with values that aim at what a hypervisor below might
/// get wrong, and executes VMX instructions in any order, on any operand. Whatever it does, it must go on: each VM
/// entry fails or ends in a VM exit, its own registers stay as they were, and where the hypervisor is there are ones.
///
/// L2 has one page, which is nothing but VMCALL, at every guest-physical page below 64 KiB; it may not write. What L1
/// could harm itself with (its host state, what VM exits store and load) is changed only in a VMCS that can't enter.
/// Words of its command line: rounds=N, seed=N; hv: a hypervisor is beneath.
#include <array>
#include <string_view>

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/interrupt_table.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "runtime/io/console.hpp"
#include "tests/bochs/hv/l1_vmcs.hpp"
#include "vmxspec/generated/entry_load.hpp"
#include "vmxspec/generated/entry_state.hpp"

namespace vmxspec::l1 {

namespace {

using generated::MsrAreaEntry;
using runtime::at;
using runtime::console;
using runtime::Decimal;
using runtime::Hex;
using runtime::PageAllocator;
using runtime::raw;
using runtime::read_msr;
using runtime::VmEntryInstruction;
using runtime::VmxOutcome;

constexpr std::uint64_t two_mib = std::uint64_t{2} << 20;
constexpr std::uint32_t ia32_efer = runtime::msr::ia32_efer, ia32_pat = 0x277;

/// Numbers by lot: xorshift64*.
class Lot {
public:
    explicit Lot(std::uint64_t seed) : state_{seed * 2 + 1} {}

    std::uint64_t number() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545'f491'4f6c'dd1d;
    }
    std::uint64_t below(std::uint64_t end) { return (number() >> 16) % end; }

private:
    std::uint64_t state_;
};

/// A field as it is in a VMCS that enters.
struct Row {
    std::uint32_t encoding;
    std::uint64_t value;
};

/// L1's registers that no VM entry and VM exit here may change.
struct Own {
    std::uint64_t cr0, cr3, cr4, efer, pat;

    [[nodiscard]] static Own now() {
        return {runtime::read_cr0(), runtime::read_cr3(), runtime::read_cr4(), read_msr(ia32_efer).value_or(0),
                read_msr(ia32_pat).value_or(0)};
    }
    /// What VM exits load or keep in any case: of IA32_EFER, LME and LMA.
    [[nodiscard]] bool same(const Own& other) const {
        constexpr std::uint64_t lme_and_lma = 1U << 8 | 1U << 10;
        return cr0 == other.cr0 && cr3 == other.cr3 && cr4 == other.cr4 && ((efer ^ other.efer) & lme_and_lma) == 0 &&
               pat == other.pat;
    }
};

/// Outcomes of VM entries, each of which must come.
enum class Outcome : std::uint8_t { vmfail_invalid, invalid_controls, other_vmfail, invalid_guest, msr_loading, exit };
constexpr std::array<std::string_view, 6> outcome_names{"VMfailInvalid",          "VMfailValid 7 or 8",
                                                        "another VMfailValid",    "invalid guest state (33)",
                                                        "loading of an MSR (34)", "a VM exit of L2's"};

class Attack {
public:
    Attack(PageAllocator& pages, const runtime::BootInformation& boot, PhysicalAddress vmxon_region,
           std::uint64_t seed);

    void round();
    /// \return how many checks have passed, 0 if one has not
    [[nodiscard]] std::uint64_t judge() const;

private:
    void write_base();
    void note_base();
    void set_again();

    [[nodiscard]] std::uint64_t address();
    [[nodiscard]] bool is_ram(std::uint64_t eptp) const;
    [[nodiscard]] std::uint64_t value_near(std::uint64_t value);
    void change_fields();
    void change_ept();
    void load_area();
    void enter(bool must_fail);
    void abuse();
    void look_at_own();

    Lot lot_;
    PhysicalAddress vmxon_region_, vmcs_, other_, code_, area_;
    Ept ept_;
    runtime::VmEntryFrame frame_{};
    std::array<Row, 256> base_{};
    std::size_t fields_ = 0;
    Own own_{};
    std::array<std::uint64_t, 8> targets_{};  ///< physical addresses that are nobody's RAM
    std::size_t target_count_ = 0;
    std::uint64_t ram_end_ = 0;  ///< of what lies below 4 GiB
    std::uint64_t hidden_ = 0;   ///< where the hypervisor is, 0 if it is not known
    bool has_timer_ = false, touched_ept_ = false, broken_ = false;
    std::array<std::uint64_t, outcome_names.size()> outcomes_{};
    std::uint64_t looks_ = 0;
};

// Controls (SDM tables 27-5 to 27-7, 27-17).
constexpr std::uint64_t preemption_timer = 1U << 6, hlt_exiting = 1U << 7, io_exiting = 1U << 24,
                        secondary_controls = 1U << 31, ept_and_unrestricted = 1U << 1 | 1U << 7,
                        host_address_space_size = 1U << 9, load_efer = 1U << 21;

Attack::Attack(PageAllocator& pages, const runtime::BootInformation& boot, PhysicalAddress vmxon_region,
               std::uint64_t seed)
    : lot_{seed},
      vmxon_region_{vmxon_region},
      vmcs_{zeroed_page(pages)},
      other_{zeroed_page(pages)},
      code_{zeroed_page(pages)},
      area_{zeroed_page(pages)},
      ept_{pages} {
    constexpr std::array<std::uint8_t, 3> vmcall{0x0f, 0x01, 0xc1};
    for (std::size_t n = 0; n < runtime::page_size; ++n) {
        at<std::uint8_t>(code_)[n] = vmcall[n % vmcall.size()];
    }
    for (std::uint64_t page = 0; page < 16; ++page) {
        ept_.map(page * runtime::page_size, code_, Ept::read | Ept::execute);
    }
    // Behind the end of each piece of RAM: the hypervisor, tables of the firmware, or nothing.
    for (const runtime::Region& region : boot.usable()) {
        if (region.end > two_mib && region.end < runtime::mapped_end && target_count_ < 4) {
            ram_end_ = region.end > ram_end_ ? region.end : ram_end_;
            targets_[target_count_++] = region.end;
            if (region.end % two_mib == 0 &&
                *at<const std::uint64_t>(PhysicalAddress{region.end}) == ~std::uint64_t{0}) {
                hidden_ = region.end;
            }
        }
    }
    // The screen's memory, nothing, and beyond the address width. Neither APIC nor HPET: Bochs ends at some reads
    // there.
    for (const std::uint64_t target : {std::uint64_t{0xa'0000}, std::uint64_t{0xf000'0000}, std::uint64_t{1} << 45}) {
        targets_[target_count_++] = target;
    }
    own_ = Own::now();
    *at<std::uint32_t>(other_) = runtime::vmcs_revision();
    make_vmcs(vmcs_);
    write_base();
    note_base();
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
    write_host(frame_, runtime::descriptor_tables, runtime::interrupt_table.base());
    // For a control that asks for them: they may be missing.
    static_cast<void>(runtime::vmwrite(encoding(Field::host_ia32_efer), own_.efer));
    static_cast<void>(runtime::vmwrite(encoding(Field::host_ia32_pat), own_.pat));
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
    for (std::size_t n = 0; n < fields_; ++n) {
        if (runtime::vmwrite(base_[n].encoding, base_[n].value) != VmxOutcome::succeed) {
            fail("a field can't be written any more");
        }
    }
    if (touched_ept_) {
        for (std::uint64_t page = 0; page < 16; ++page) {
            ept_.map(page * runtime::page_size, code_, Ept::read | Ept::execute);
        }
        static_cast<void>(runtime::invept(runtime::InveptType::global, 0));
        touched_ept_ = false;
    }
}

/// Nobody's RAM, a little way in.
std::uint64_t Attack::address() {
    return targets_[lot_.below(target_count_)] + lot_.below(16) * runtime::page_size + (lot_.below(4) == 0 ? 8 : 0);
}

/// Whether a changed EPT pointer leads to RAM, whose contents would be paging structures then.
bool Attack::is_ram(std::uint64_t eptp) const {
    constexpr std::uint64_t address_bits = 0x000f'ffff'ffff'f000;
    return (eptp & address_bits) < ram_end_ && (eptp & address_bits) != (ept_.pointer() & address_bits);
}

std::uint64_t Attack::value_near(std::uint64_t value) {
    switch (lot_.below(6)) {
        case 0: return lot_.number();
        case 1: return address();
        case 2: return 0;
        case 3: return ~std::uint64_t{0};
        default: return value ^ std::uint64_t{1} << lot_.below(64);
    }
}

/// One to three fields get other values; then the VM entry. Fields by which L1 would harm itself only in a VMCS that
/// fails.
void Attack::change_fields() {
    constexpr std::uint32_t type = 3U << 10, host = 3U << 10;
    constexpr std::uint64_t too_many_targets = 5, wait_for_sipi = 3, shutdown = 2;
    bool must_fail = false;
    for (std::uint64_t n = lot_.below(3) + 1; n > 0; --n) {
        const Row& row = base_[lot_.below(fields_)];
        const auto field = static_cast<Field>(row.encoding);
        std::uint64_t value = value_near(row.value);
        switch (field) {
            case Field::exit_msr_store_count:
            case Field::exit_msr_load_count: must_fail = true; break;
            case Field::eptp: must_fail = must_fail || is_ram(value); break;
            case Field::pin_based_controls: value |= has_timer_ ? preemption_timer : 0; break;
            case Field::processor_based_controls: value |= secondary_controls; break;
            case Field::secondary_controls: value |= ept_and_unrestricted; break;
            case Field::guest_activity_state:
                value = !has_timer_ || (value & 3) == wait_for_sipi || (value & 3) == shutdown ? value | 4 : value;
                break;
            case Field::entry_msr_load_count: value &= 7; break;
            case Field::entry_msr_load: value = raw(area_); break;
            default: must_fail = must_fail || (row.encoding & type) == host;
        }
        static_cast<void>(runtime::vmwrite(row.encoding, value));
    }
    if (has_timer_) {
        static_cast<void>(runtime::vmwrite(encoding(Field::guest_preemption_timer), lot_.below(64)));
    }
    if (must_fail) {
        set(Field::cr3_target_count, too_many_targets);
    }
    enter(must_fail);
}

/// One page of L2's leads to nobody's RAM, or by an entry that is none.
void Attack::change_ept() {
    touched_ept_ = true;
    const std::uint64_t page = lot_.below(16);
    const std::uint64_t target = lot_.below(2) == 0 ? raw(code_) : address() & ~(runtime::page_size - 1);
    ept_.map(page * runtime::page_size, PhysicalAddress{target}, lot_.below(runtime::page_size));
    static_cast<void>(runtime::invept(runtime::InveptType::single_context, ept_.pointer()));
    set(Field::guest_rip, page * runtime::page_size);
    enter(false);
}

/// A VM-entry MSR-load area by lot. L1's own IA32_PAT is none of it: VM exits here do not load it.
void Attack::load_area() {
    constexpr std::array<std::uint32_t, 16> indices{
        ia32_efer, ia32_efer, ia32_efer,   0x10,        0x3a,        0x79,  0x8b,  0x9b,
        0x174,     0x480,     0xc000'0081, 0xc000'0100, 0xc000'0101, 0x200, 0x808, 0x4000'0000};
    auto* const entries = at<MsrAreaEntry>(area_);
    const std::uint64_t count = lot_.below(8) + 1;
    for (std::uint64_t n = 0; n < count; ++n) {
        const std::uint64_t data = lot_.below(2) == 0 ? std::uint64_t{1} << lot_.below(64) : own_.efer;
        entries[n] = {indices[lot_.below(indices.size())], lot_.below(16) == 0 ? 1U : 0U, data};
    }
    set(Field::entry_msr_load, lot_.below(16) == 0 ? address() : raw(area_));
    set(Field::entry_msr_load_count, count);
    enter(false);
}

void Attack::enter(bool must_fail) {
    constexpr std::uint64_t entry_failure = std::uint64_t{1} << 31, guest_state = 33;
    constexpr std::uint64_t controls = 7, host_state = 8;
    Outcome outcome = Outcome::exit;
    const VmxOutcome result = runtime::vm_entry(frame_, VmEntryInstruction::vmlaunch);
    if (result == VmxOutcome::fail_invalid) {
        outcome = Outcome::vmfail_invalid;
    } else if (result == VmxOutcome::fail_valid) {
        const std::uint64_t error = get(Field::vm_instruction_error);
        outcome = error == controls || error == host_state ? Outcome::invalid_controls : Outcome::other_vmfail;
    } else if (const std::uint64_t reason = get(Field::exit_reason); (reason & entry_failure) != 0) {
        outcome = (reason & 0xffff) == guest_state ? Outcome::invalid_guest : Outcome::msr_loading;
    }
    ++outcomes_[static_cast<std::size_t>(outcome)];
    if (must_fail && outcome != Outcome::invalid_controls) {
        broken_ = true;
        print(console, "failed: a VMCS that can't enter: ", outcome_names[static_cast<std::size_t>(outcome)], "\n");
    }
}

/// A VMX instruction that makes no sense.
void Attack::abuse() {
    const std::uint64_t any = lot_.below(3) == 0 ? address() : lot_.below(2) == 0 ? lot_.number() : raw(other_);
    switch (lot_.below(9)) {
        case 0: static_cast<void>(runtime::vmclear(PhysicalAddress{any})); break;
        case 1: static_cast<void>(runtime::vmptrld(PhysicalAddress{any})); break;
        case 2: static_cast<void>(runtime::vmptrst()); break;
        case 3: static_cast<void>(runtime::vmread(lot_.below(2) == 0 ? any : any & 0x7fff)); break;
        case 4: static_cast<void>(runtime::vmwrite(lot_.below(2) == 0 ? any : any & 0x0400, lot_.number())); break;
        case 5: static_cast<void>(runtime::invept(static_cast<runtime::InveptType>(lot_.below(5)), any)); break;
        case 6:
            static_cast<void>(runtime::invvpid(static_cast<runtime::InvvpidType>(lot_.below(6)),
                                               static_cast<std::uint16_t>(any), lot_.number()));
            break;
        case 7: enter(false); break;
        default:
            if (runtime::vmxoff() != VmxOutcome::succeed || runtime::vmxon(vmxon_region_) != VmxOutcome::succeed) {
                fail("VMXOFF, then VMXON");
            }
    }
}

void Attack::look_at_own() {
    ++looks_;
    const Own now = Own::now();
    if (!now.same(own_)) {
        broken_ = true;
        print(console, "failed: L1's registers: CR0 ", Hex{now.cr0}, "H, CR3 ", Hex{now.cr3}, "H, CR4 ", Hex{now.cr4},
              "H, IA32_EFER ", Hex{now.efer}, "H, IA32_PAT ", Hex{now.pat}, "H\n");
    }
    if (now.efer != own_.efer && !runtime::write_msr(ia32_efer, own_.efer)) {
        fail("WRMSR of IA32_EFER");
    }
    const std::uint64_t place = hidden_ + lot_.below(two_mib / 8) * 8;
    if (hidden_ != 0 && *at<const volatile std::uint64_t>(PhysicalAddress{place}) != ~std::uint64_t{0}) {
        broken_ = true;
        print(console, "failed: at ", Hex{place}, "H, where the hypervisor is, are no ones\n");
    }
}

void Attack::round() {
    switch (lot_.below(8)) {
        case 0:
            for (std::uint64_t n = lot_.below(8) + 1; n > 0; --n) {
                abuse();
            }
            break;
        case 1: has_timer_ ? change_ept() : change_fields(); break;
        case 2: load_area(); break;
        default: change_fields();
    }
    look_at_own();
    set_again();
}

std::uint64_t Attack::judge() const {
    bool all = !broken_;
    for (std::size_t n = 0; n < outcomes_.size(); ++n) {
        print(console, Decimal{outcomes_[n]}, " times ", outcome_names[n], "\n");
        all = all && outcomes_[n] != 0;
    }
    return all ? looks_ : 0;
}

/// The number behind a word such as "rounds=" of the command line.
std::uint64_t number_behind(std::string_view line, std::string_view word, std::uint64_t otherwise) {
    for (std::size_t begin = 0; begin + word.size() <= line.size(); ++begin) {
        std::string_view rest = line;
        rest.remove_prefix(begin);
        if (rest.starts_with(word)) {
            rest.remove_prefix(word.size());
            std::uint64_t number = 0;
            for (; !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; rest.remove_prefix(1)) {
                number = number * 10 + static_cast<std::uint64_t>(rest.front() - '0');
            }
            return number;
        }
    }
    return otherwise;
}

}  // namespace

}  // namespace vmxspec::l1

void vmxspec::runtime::kernel_main(const BootInformation& boot, PageAllocator& pages) {
    const auto region = l1::zeroed_page(pages);
    if (const auto refusal = enter_vmx_operation(region)) {
        refuse(sentence(*refusal));
    }
    const std::uint64_t rounds = l1::number_behind(boot.command_line(), "rounds=", 2000);
    l1::Attack attack{pages, boot, region, l1::number_behind(boot.command_line(), "seed=", 1)};
    for (std::uint64_t n = 0; n < rounds; ++n) {
        attack.round();
    }
    const std::uint64_t passed = attack.judge();
    print(console, "hostile: ", Decimal{passed}, " checks passed, ", Decimal{passed == 0 ? 1U : 0U},
          " failed, 0 skipped\n");
}
