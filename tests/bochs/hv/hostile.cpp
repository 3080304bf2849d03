/// What the hostile L1 does.
#include "tests/bochs/hv/hostile.hpp"

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "runtime/io/console.hpp"
#include "tests/bochs/hv/command_line.hpp"
#include "vmxspec/generated/entry_load.hpp"

namespace vmxspec::l1 {

using generated::MsrAreaEntry;
using runtime::at;
using runtime::console;
using runtime::Decimal;
using runtime::Hex;
using runtime::raw;
using runtime::VmEntryInstruction;
using runtime::VmxOutcome;

/// Nobody's RAM, a little way in.
std::uint64_t Attack::address() {
    return places_.targets[lot_.below(places_.target_count)] + lot_.below(16) * runtime::page_size +
           (lot_.below(4) == 0 ? 8 : 0);
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
    const std::uint64_t page = lot_.below(16), any = lot_.below(runtime::page_size);
    const bool is_code = lot_.below(2) == 0;
    const std::uint64_t target = is_code ? raw(places_.code) : address() & ~(runtime::page_size - 1);
    // Bochs ends where code is fetched from no RAM.
    const bool may_execute = is_code || target - places_.hidden < two_mib;
    ept_.map(page * runtime::page_size, PhysicalAddress{target},
             may_execute ? any : any & ~std::uint64_t{Ept::execute});
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

void Attack::enter(bool must_fail, VmEntryInstruction instruction) {
    constexpr std::uint64_t guest_state = 33;
    constexpr std::uint64_t controls = 7, host_state = 8;
    Outcome outcome = Outcome::exit;
    const VmxOutcome result = runtime::vm_entry(frame_, instruction);
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
    constexpr std::uint64_t entry_load_pat = 1U << 14, exit_load_pat = 1U << 19;
    if ((get(Field::entry_controls) & entry_load_pat) != 0 && (get(Field::exit_controls) & exit_load_pat) == 0 &&
        !runtime::write_msr(ia32_pat, own_.pat)) {  // L2's has become L1's
        fail("WRMSR of IA32_PAT");
    }
    const Own now = Own::now();
    if (!now.same(own_)) {
        broken_ = true;
        print(console, "failed: L1's registers: CR0 ", Hex{now.cr0}, "H, CR3 ", Hex{now.cr3}, "H, CR4 ", Hex{now.cr4},
              "H, IA32_EFER ", Hex{now.efer}, "H, IA32_PAT ", Hex{now.pat}, "H\n");
    }
    if (now.efer != own_.efer && !runtime::write_msr(ia32_efer, own_.efer)) {
        fail("WRMSR of IA32_EFER");
    }
    if (places_.hidden != 0) {
        read_by_l1();
    }
}

void Attack::round() {
    const std::uint64_t end = places_.hidden == 0 ? 8 : 12;
    switch (lot_.below(end)) {
        case 0:
            for (std::uint64_t n = lot_.below(8) + 1; n > 0; --n) {
                abuse();
            }
            break;
        case 1: has_timer_ ? change_ept() : change_fields(); break;
        case 2: load_area(); break;
        case 8:
        case 9: look(); break;
        case 10:
        case 11: storm(); break;
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
    for (std::size_t n = 0; n < paths.size() && places_.hidden != 0; ++n) {
        print(console, Decimal{walked_[n]}, " times where the hypervisor is, by ", paths[n].name, "\n");
        all = all && walked_[n] != 0;
    }
    print(console, "paging structures by lot: ", Decimal{storms_[0]}, " times VMCALL, ", Decimal{storms_[1]},
          " EPT violations, ", Decimal{storms_[2]}, " EPT misconfigurations, ", Decimal{storms_read_},
          " times where the hypervisor is\n");
    for (const std::uint64_t times : {storms_[0], storms_[1], storms_[2], storms_read_}) {
        all = all && (times != 0 || places_.hidden == 0);
    }
    return all ? looks_ : 0;
}

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
