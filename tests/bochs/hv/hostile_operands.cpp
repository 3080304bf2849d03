/// Where the hypervisor is there are ones (hostile_memory.cpp): here for the hypervisor itself, which reads and writes
/// on L1's behalf, and for what it gives the processor to read.
#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/cpuid.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "tests/bochs/hv/hostile.hpp"
#include "vmxspec/generated/entry_load.hpp"

namespace vmxspec::l1 {

using generated::MsrAreaEntry;
using runtime::at;
using runtime::VmxOutcome;

namespace {

constexpr std::uint64_t io_bitmaps = 1U << 25, msr_bitmaps = 1U << 28;

/// An entry of an MSR area in memory that is somebody's, who gets it back.
class BorrowedEntry {
public:
    BorrowedEntry(std::uint64_t place, const MsrAreaEntry& value)
        : entry_{at<MsrAreaEntry>(PhysicalAddress{place})}, kept_{*entry_} {
        *entry_ = value;
    }
    ~BorrowedEntry() { *entry_ = kept_; }
    BorrowedEntry(const BorrowedEntry&) = delete;
    BorrowedEntry& operator=(const BorrowedEntry&) = delete;

    [[nodiscard]] std::uint64_t data() const { return *static_cast<const volatile std::uint64_t*>(&entry_->data); }

private:
    MsrAreaEntry* entry_;
    MsrAreaEntry kept_;
};

}  // namespace

/// All of it, or its second entry.
void Attack::read_as_load_area() {
    constexpr std::uint64_t msr_loading = entry_failure | 34, size = sizeof(MsrAreaEntry);
    constexpr std::uint32_t ia32_sysenter_cs = 0x174;
    const bool is_first = lot_.below(2) == 0;
    const std::uint64_t place = is_first ? hidden_place(size) : places_.hidden - size;
    const BorrowedEntry before{places_.hidden - size, {ia32_sysenter_cs, 0, 0}};
    set(Field::entry_msr_load, place);
    set(Field::entry_msr_load_count, 2);
    expect(use(Tool::read, 0), msr_loading, place);
    expect(get(Field::exit_qualification), is_first ? 1 : 2, place);
}

void Attack::read_as_msr_bitmaps() {
    constexpr std::uint64_t rdmsr = 31, low_msrs = 0x2000, high_msrs = 0xc000'0000;
    const std::uint64_t page = hidden_place(runtime::page_size);
    set(Field::processor_based_controls, get(Field::processor_based_controls) | msr_bitmaps);
    set(Field::msr_bitmap, page);
    frame_.rcx = (lot_.below(2) == 0 ? high_msrs : 0) + lot_.below(low_msrs);
    expect(use(Tool::rdmsr, 0), rdmsr, page);
}

void Attack::read_as_io_bitmaps() {
    constexpr std::uint64_t io_instruction = 30;
    const std::uint64_t page = hidden_place(runtime::page_size);
    set(Field::processor_based_controls, (get(Field::processor_based_controls) & ~io_exiting) | io_bitmaps);
    set(Field::io_bitmap_a, page);
    set(Field::io_bitmap_b, hidden_place(runtime::page_size));
    frame_.rdx = lot_.below(0x1'0000);
    expect(use(Tool::out, 0), io_instruction, page);
}

void Attack::read_as_linked() {
    constexpr std::uint64_t invalid_guest = entry_failure | 33, by_link_pointer = 4;
    const std::uint64_t page = hidden_place(runtime::page_size);
    set(Field::vmcs_link_pointer, page);
    expect(use(Tool::read, 0), invalid_guest, page);
    expect(get(Field::exit_qualification), by_link_pointer, page);
}

void Attack::read_by_vmwrite() {
    const std::uint64_t place = hidden_place(8), encoding = l1::encoding(Field::guest_rip);
    asm volatile("vmwrite %0, %1" : : "m"(*at<const std::uint64_t>(PhysicalAddress{place})), "r"(encoding) : "cc");
    expect(get(Field::guest_rip), ones, place);
}

void Attack::read_what_is_stored() {
    const std::uint64_t place = hidden_place(8), encoding = l1::encoding(Field::guest_rip);
    auto& word = *at<volatile std::uint64_t>(PhysicalAddress{place});
    if (lot_.below(2) == 0) {
        asm volatile("vmread %1, %0" : "=m"(word) : "r"(encoding) : "cc");
    } else {
        asm volatile("vmptrst %0" : "=m"(word) : : "cc");
    }
    static_cast<void>(runtime::cpuid(0));  // the processor may have stored it by itself, and L1 sees it until a VM exit
    expect(word, ones, place);
}

void Attack::read_as_vmcs() {
    constexpr std::uint64_t other_revision = 11;
    const std::uint64_t page = hidden_place(runtime::page_size);
    static_cast<void>(runtime::vmclear(PhysicalAddress{page}));
    expect(static_cast<std::uint64_t>(runtime::vmptrld(PhysicalAddress{page})),
           static_cast<std::uint64_t>(VmxOutcome::fail_valid), page);
    expect(get(Field::vm_instruction_error), other_revision, page);
    expect(*at<const volatile std::uint64_t>(PhysicalAddress{page}), ones, page);
}

void Attack::read_as_vmxon_region() {
    const std::uint64_t page = hidden_place(runtime::page_size);
    const VmxOutcome left = runtime::vmxoff();
    expect(static_cast<std::uint64_t>(runtime::vmxon(PhysicalAddress{page})),
           static_cast<std::uint64_t>(VmxOutcome::fail_invalid), page);
    if (left != VmxOutcome::succeed || runtime::vmxon(vmxon_region_) != VmxOutcome::succeed) {
        fail("VMXOFF, then VMXON");
    }
}

void Attack::read_by_invept() {
    constexpr std::uint64_t invalid_operand = 28, single_context = 1;
    const std::uint64_t place = hidden_place(16);
    struct Descriptor {
        std::uint64_t eptp, reserved;
    };
    asm volatile("invept %0, %1" : : "m"(*at<const Descriptor>(PhysicalAddress{place})), "r"(single_context) : "cc");
    expect(get(Field::vm_instruction_error), invalid_operand, place);
}

/// Areas that end where the hypervisor begins: not a byte further is read or written. One there is a VMX abort.
void Attack::store_before() {
    const std::uint64_t place = places_.hidden - sizeof(MsrAreaEntry);
    const BorrowedEntry entry{place, {ia32_pat, 0, 0}};
    for (const Field field : {Field::exit_msr_store, Field::exit_msr_load}) {
        set(field, place);
    }
    set(Field::exit_msr_store_count, 1);
    set(Field::exit_msr_load_count, 1);
    static_cast<void>(use(Tool::read, 0));
    expect(entry.data(), own_.pat, place);
    read_by_l1();
}

}  // namespace vmxspec::l1
