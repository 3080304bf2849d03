#include "tests/bochs/hv/l1_vmcs.hpp"

#include <array>

#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/halt.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "runtime/io/console.hpp"

namespace vmxspec::l1 {

namespace {

using runtime::at;
using runtime::raw;
using runtime::VmxOutcome;

/// The capability MSR: the TRUE one where there is one (SDM appendix A.2). Low half: must be 1; high half: may be 1.
[[nodiscard]] std::uint64_t capability(Field controls) {
    constexpr std::uint64_t has_true_controls = std::uint64_t{1} << 55;
    const bool exact = (runtime::read_msr(runtime::msr::ia32_vmx_basic).value_or(0) & has_true_controls) != 0;
    const std::uint32_t first = exact ? 0x48d : 0x481;
    switch (controls) {
        case Field::pin_based_controls: return runtime::read_msr(first).value_or(0);
        case Field::processor_based_controls: return runtime::read_msr(first + 1).value_or(0);
        case Field::exit_controls: return runtime::read_msr(first + 2).value_or(0);
        case Field::entry_controls: return runtime::read_msr(first + 3).value_or(0);
        default: return runtime::read_msr(0x48b).value_or(0);
    }
}

constexpr unsigned shift_of(unsigned level) { return 12 + 9 * (level - 1); }

}  // namespace

void fail(std::string_view what) {
    using runtime::Decimal;
    using runtime::Hex;
    print(runtime::console, "error: ", what, "; VM-instruction error ", Decimal{get(Field::vm_instruction_error)},
          ", exit reason ", Hex{get(Field::exit_reason)}, "H, qualification ", Hex{get(Field::exit_qualification)},
          "H, RIP ", Hex{get(Field::guest_rip)}, "H\n");
    runtime::halt();
}

namespace {

// An operand of 32 bits has the low half of a 64-bit field; the high half is accessed by the next encoding
// (SDM 27.11.2).
constexpr unsigned high_half = 32;
[[nodiscard]] constexpr bool has_two_halves(Field field) {
    constexpr unsigned width_place = 13, width_mask = 3, of_64_bits = 1;
    return sizeof(void*) == 4 && (encoding(field) >> width_place & width_mask) == of_64_bits;
}

[[nodiscard]] bool write(std::uint64_t which, std::uint64_t value) {
    return runtime::vmwrite(which, value) == VmxOutcome::succeed;
}

}  // namespace

void set(Field field, std::uint64_t value) {
    if (!write(encoding(field), value) || (has_two_halves(field) && !write(encoding(field) + 1, value >> high_half))) {
        fail("VMWRITE has failed");
    }
}

std::uint64_t get(Field field) {
    const std::uint64_t low = runtime::vmread(encoding(field)).value;
    return has_two_halves(field) ? low | runtime::vmread(encoding(field) + 1).value << high_half : low;
}

PhysicalAddress zeroed_page(runtime::PageAllocator& pages) {
    const auto taken = pages.allocate();
    if (!taken) {
        fail("there is no memory");
    }
    __builtin_memset(at<void>(*taken), 0, runtime::page_size);
    return *taken;
}

void make_vmcs(PhysicalAddress vmcs) {
    *at<std::uint32_t>(vmcs) = runtime::vmcs_revision();
    if (runtime::vmclear(vmcs) != VmxOutcome::succeed || runtime::vmptrld(vmcs) != VmxOutcome::succeed) {
        fail("VMCLEAR or VMPTRLD has failed");
    }
}

bool allows(Field controls, std::uint64_t wanted) { return (wanted & ~(capability(controls) >> 32)) == 0; }

std::uint64_t allowed(Field controls, std::uint64_t wanted) {
    if (!allows(controls, wanted)) {
        fail("the processor does not allow a control that is wanted");
    }
    return wanted | (capability(controls) & 0xffff'ffff);
}

void write_host(const runtime::VmEntryFrame& frame, const runtime::DescriptorTables& tables, std::uint64_t idt) {
    namespace selector = runtime::selector;
    struct Row {
        Field field;
        std::uint64_t value;
    };
    const std::array rows{
        Row{Field::host_es_selector, selector::data},
        Row{Field::host_cs_selector, selector::code},
        Row{Field::host_ss_selector, selector::data},
        Row{Field::host_ds_selector, selector::data},
        Row{Field::host_fs_selector, 0},
        Row{Field::host_gs_selector, 0},
        Row{Field::host_tr_selector, selector::task},
        Row{Field::host_cr0, runtime::read_cr0()},
        Row{Field::host_cr3, runtime::read_cr3()},
        Row{Field::host_cr4, runtime::read_cr4()},
        Row{Field::host_fs_base, 0},
        Row{Field::host_gs_base, 0},
        Row{Field::host_tr_base, tables.task_base()},
        Row{Field::host_gdtr_base, tables.gdt_base()},
        Row{Field::host_idtr_base, idt},
        Row{Field::host_rsp, frame.host_rsp()},
        Row{Field::host_rip, runtime::VmEntryFrame::host_rip()},
    };
    for (const Row& row : rows) {
        set(row.field, row.value);
    }
}

void write_guest64(const runtime::DescriptorTables& tables, std::uint64_t idt) {
    namespace selector = runtime::selector;
    constexpr unsigned cs = 1, gs = 5, ldtr = 6, tr = 7;
    constexpr std::uint64_t code64 = 0xa09b, data64 = 0xc093, unusable = 0x10000, busy_tss = 0x8b;
    for (unsigned n = 0; n <= tr; ++n) {
        const bool is_data = n != cs && n <= gs;
        set(nth(Field::guest_es_selector, n), n == cs     ? selector::code
                                              : is_data   ? selector::data
                                              : n == ldtr ? 0
                                                          : selector::task);
        set(nth(Field::guest_es_base, n), n == tr ? tables.task_base() : 0);
        set(nth(Field::guest_es_limit, n), n <= gs ? 0xffff'ffff : 0x67);
        set(nth(Field::guest_es_access_rights, n), n == cs     ? code64
                                                   : is_data   ? data64
                                                   : n == ldtr ? unusable
                                                               : busy_tss);
    }
    set(Field::guest_cr0, runtime::read_cr0());
    set(Field::guest_cr4, runtime::read_cr4());
    set(Field::guest_gdtr_base, tables.gdt_base());
    set(Field::guest_gdtr_limit, 0x47);
    set(Field::guest_idtr_base, idt);
    set(Field::guest_idtr_limit, 0xfff);
    set(Field::guest_dr7, 0x400);
    set(Field::vmcs_link_pointer, ~std::uint64_t{0});
}

std::uint64_t Ept::pointer() const {
    constexpr std::uint64_t four_levels_write_back = 3U << 3 | 6;
    return raw(root_) | four_levels_write_back;
}

std::uint64_t& Ept::entry(std::uint64_t guest_physical, unsigned level) {
    constexpr std::uint64_t address_bits = 0x000f'ffff'ffff'f000;
    std::uint64_t structure = raw(root_);
    for (unsigned n = 4;; --n) {
        std::uint64_t& found =
            at<std::uint64_t>(PhysicalAddress{structure & address_bits})[guest_physical >> shift_of(n) & 0x1ff];
        if (n == level) {
            return found;
        }
        if (found == 0) {
            found = raw(zeroed_page(pages_)) | all;
        }
        structure = found;
    }
}

namespace {
constexpr std::uint64_t write_back = 6U << 3, large = 1U << 7;
}

void Ept::map(std::uint64_t guest_physical, PhysicalAddress page, std::uint64_t rights) {
    entry(guest_physical, 1) = raw(page) | rights | write_back;
}

void Ept::map_large(std::uint64_t guest_physical, std::uint64_t page, std::uint64_t size, std::uint64_t rights) {
    constexpr std::uint64_t two_mib = std::uint64_t{2} << 20;
    entry(guest_physical, size == two_mib ? 2 : 3) = page | rights | write_back | large;
}

void Ept::map_identity() {
    constexpr std::uint64_t end = std::uint64_t{1} << 32, size = std::uint64_t{1} << 21;
    for (std::uint64_t address = 0; address < end; address += size) {
        entry(address, 2) = address | all | write_back | large;
    }
}

}  // namespace vmxspec::l1
