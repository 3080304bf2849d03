/// Where the hypervisor is there are ones, whichever way L1 and L2 look: the processor's own ways through EPT, and
/// those in which the hypervisor reads memory on L1's behalf.
#include "runtime/io/console.hpp"
#include "tests/bochs/hv/hostile.hpp"

namespace vmxspec::l1 {

using runtime::at;
using runtime::console;
using runtime::Hex;
using runtime::raw;
using runtime::VmEntryInstruction;

namespace {

constexpr std::uint64_t one_gib = std::uint64_t{1} << 30, vmcall = 18, ept_violation = 48, misconfiguration = 49;
constexpr std::uint64_t use_tpr_shadow = 1U << 21, virtualize_apic = 1U << 0;

/// Guest-physical addresses of L2's. Those of large pages are apart: what is below a large page in the structures
/// stays.
constexpr std::uint64_t window = 0x2'0000, apic_window = 0x2'1000, huge_window = one_gib, large_window = 2 * one_gib,
                        unmapped = 3 * one_gib;

}  // namespace

const std::array<Attack::Path, 16> Attack::paths{{
    {"a page of 4 KiB of L2's", &Attack::read_by_page},
    {"a large page of L2's", &Attack::read_by_large_page},
    {"a page that L2 has written", &Attack::read_what_is_written},
    {"an L2 without EPT", &Attack::read_without_ept},
    {"structures of EPT", &Attack::read_as_structure},
    {"the VM-entry MSR-load area", &Attack::read_as_load_area},
    {"MSR bitmaps", &Attack::read_as_msr_bitmaps},
    {"I/O bitmaps", &Attack::read_as_io_bitmaps},
    {"the VMCS link pointer", &Attack::read_as_linked},
    {"the virtual-APIC page", &Attack::read_as_virtual_apic},
    {"VMWRITE's operand", &Attack::read_by_vmwrite},
    {"what VMREAD and VMPTRST store", &Attack::read_what_is_stored},
    {"VMPTRLD and VMCLEAR", &Attack::read_as_vmcs},
    {"VMXON", &Attack::read_as_vmxon_region},
    {"INVEPT's operand", &Attack::read_by_invept},
    {"VM-exit MSR areas before it", &Attack::store_before},
}};

/// \return a place there, for `size` bytes that are aligned
std::uint64_t Attack::hidden_place(std::uint64_t size) { return places_.hidden + lot_.below(two_mib / size) * size; }

void Attack::expect(std::uint64_t seen, std::uint64_t expected, std::uint64_t where) {
    ++looks_;
    if (seen != expected) {
        broken_ = true;
        print(console, "failed: where the hypervisor is, seen by ", path_, ": ", Hex{seen}, "H, expected ",
              Hex{expected}, "H, at ", Hex{where}, "H\n");
    }
}

/// L2 goes on there. \return the exit reason
std::uint64_t Attack::go_on(std::uint64_t address) {
    set(Field::guest_rip, address);
    enter(false, launched_ ? VmEntryInstruction::vmresume : VmEntryInstruction::vmlaunch);
    const std::uint64_t reason = get(Field::exit_reason);
    launched_ = launched_ || (reason & entry_failure) == 0;
    return reason;
}

/// L2 executes one of its tools, with the address in EBX. \return the exit reason
std::uint64_t Attack::use(Tool tool, std::uint64_t address) {
    frame_.rbx = address;
    return go_on(tools_at_ + static_cast<std::uint64_t>(tool));
}

/// What L2 reads there, of 32 bits.
std::uint64_t Attack::l2_reads(std::uint64_t address, Tool tool) {
    frame_.rax = frame_.rcx = 0;
    if (const std::uint64_t reason = use(tool, address); reason != vmcall) {
        return entry_failure | reason;
    }
    return tool == Tool::write ? frame_.rcx : frame_.rax;
}

void Attack::map_window(std::uint64_t page, std::uint64_t rights) {
    touched_ept_ = true;
    ept_.map(window, PhysicalAddress{page & ~(runtime::page_size - 1)}, rights);
    static_cast<void>(runtime::invept(runtime::InveptType::single_context, ept_.pointer()));
}

void Attack::read_by_l1() {
    const std::uint64_t place = hidden_place(8);
    path_ = "L1";
    expect(*at<const volatile std::uint64_t>(PhysicalAddress{place}), ones, place);
}

/// The page was one of L2's own before, by the same structures.
void Attack::read_by_page() {
    const std::uint64_t place = hidden_place(4), within = place % runtime::page_size;
    if (lot_.below(2) == 0) {
        const std::uint64_t own = raw(places_.code) + within;
        map_window(own, Ept::read);
        expect(l2_reads(window + within), *at<const std::uint32_t>(PhysicalAddress{own}), own);
    }
    map_window(place, lot_.below(2) == 0 ? Ept::all : Ept::read);
    expect(l2_reads(window + within), ones & 0xffff'ffff, place);
}

/// Of 2 MiB, or of 1 GiB with L1's own memory around the hypervisor's.
void Attack::read_by_large_page() {
    const std::uint64_t place = hidden_place(4);
    const bool huge = tables_.has_one_gib() && places_.hidden < one_gib && lot_.below(2) == 0;
    touched_ept_ = true;
    if (huge) {
        ept_.map_large(huge_window, 0, one_gib, Ept::read);
    } else {
        ept_.map_large(large_window, places_.hidden, two_mib, Ept::read);
    }
    static_cast<void>(runtime::invept(runtime::InveptType::global, 0));
    expect(l2_reads(huge ? huge_window + place : large_window + place % two_mib), ones & 0xffff'ffff, place);
    if (huge) {
        const std::uint64_t mine = raw(places_.code) + lot_.below(runtime::page_size / 4) * 4;
        expect(l2_reads(huge_window + mine), *at<const std::uint32_t>(PhysicalAddress{mine}), mine);
    }
    ept_.map_structure(huge ? huge_window : large_window, 0, huge ? 3 : 2);
}

/// L2 may see what it has written, until its next VM exit: by VMCALL, or by the EPT violation of its next instruction.
void Attack::read_what_is_written() {
    const std::uint64_t place = hidden_place(4), address = window + place % runtime::page_size;
    map_window(place, Ept::all);
    frame_.rax = 0;
    frame_.rcx = unmapped;
    const bool twice = lot_.below(2) == 0;
    expect(use(twice ? Tool::write_twice : Tool::write, address), twice ? ept_violation : vmcall, place);
    expect(l2_reads(address), ones & 0xffff'ffff, place);
    expect(*at<const volatile std::uint32_t>(PhysicalAddress{place}), ones & 0xffff'ffff, place);
}

/// L2 in 64-bit mode with L1's paging structures, and with the hypervisor's map of L1's memory instead of EPT of L1's.
void Attack::read_without_ept() {
    constexpr std::uint64_t ia32e_mode_guest = 1U << 9, code_64 = 0xa09b;
    const std::uint64_t place = hidden_place(4);
    set(Field::secondary_controls, 0);
    set(Field::entry_controls, get(Field::entry_controls) | ia32e_mode_guest);
    set(Field::guest_cs_access_rights, code_64);
    set(Field::guest_cr0, own_.cr0);
    set(Field::guest_cr3, own_.cr3);
    set(Field::guest_cr4, own_.cr4);
    tools_at_ = raw(places_.tools);
    expect(l2_reads(place), ones & 0xffff'ffff, place);
    static_cast<void>(l2_reads(place, Tool::write));
    expect(l2_reads(place), ones & 0xffff'ffff, place);
    expect(*at<const volatile std::uint32_t>(PhysicalAddress{place}), ones & 0xffff'ffff, place);
}

/// An entry of ones is misconfigured, in the root or in what the root's entry leads to.
void Attack::read_as_structure() {
    const std::uint64_t page = hidden_place(runtime::page_size);
    if (lot_.below(2) == 0) {
        set(Field::eptp, page | (ept_.pointer() & (runtime::page_size - 1)));
        expect(use(Tool::read, 0), misconfiguration, page);
        return;
    }
    const bool high = lot_.below(2) == 0;
    const std::uint64_t begin = high ? huge_window : large_window;
    touched_ept_ = true;
    ept_.map_structure(begin, page, high ? 3 : 2);
    static_cast<void>(runtime::invept(runtime::InveptType::global, 0));
    expect(use(Tool::read, begin + lot_.below(two_mib)), misconfiguration, page);
    ept_.map_structure(begin, 0, high ? 3 : 2);
}

/// L2's task-priority register is in the virtual-APIC page: what the processor writes there is forgotten, too.
void Attack::read_as_virtual_apic() {
    constexpr std::uint64_t vtpr = 0x80;
    const std::uint64_t page = hidden_place(runtime::page_size);
    if (!allows(Field::processor_based_controls, use_tpr_shadow) ||
        !allows(Field::secondary_controls, virtualize_apic)) {
        return;
    }
    set(Field::processor_based_controls, get(Field::processor_based_controls) | use_tpr_shadow);
    set(Field::secondary_controls, get(Field::secondary_controls) | virtualize_apic);
    set(Field::virtual_apic_address, page);
    set(Field::apic_access_address, raw(area_));
    touched_ept_ = true;
    ept_.map(apic_window, area_, Ept::all);
    map_window(page, Ept::read);
    expect(l2_reads(apic_window + vtpr), ones & 0xffff'ffff, page);
    static_cast<void>(l2_reads(apic_window + vtpr, Tool::write));
    expect(l2_reads(window + vtpr), ones & 0xffff'ffff, page);
}

void Attack::look() {
    const std::size_t n = lot_.below(paths.size());
    path_ = paths[n].name;
    ++walked_[n];
    (this->*paths[n].follow)();
}

}  // namespace vmxspec::l1
