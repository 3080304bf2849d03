/// A guest that is a hypervisor, and counts what it costs it to be under another one. In Bochs the time-stamp counter
/// counts instructions.
#include <array>
#include <string_view>

#include "hv/l1/vmcs_field.hpp"
#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/cpu/halt.hpp"
#include "runtime/cpu/interrupt_table.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/time_stamp.hpp"
#include "runtime/cpu/vm_entry.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "runtime/io/console.hpp"

namespace vmxspec::runtime {

namespace {

using hv::encoding;
using hv::Field;
using hv::nth;

constexpr std::uint64_t rounds = 1000;
constexpr std::uint64_t page = 4096;

// Settings of control words that L1 asks for; the processor's must-be-1 settings are added.
struct Control {
    Field field;
    std::uint32_t capability;
    std::uint64_t wanted;
};

constexpr std::uint64_t activate_secondary = 1U << 31, use_msr_bitmaps = 1U << 28;
constexpr std::uint64_t enable_ept = 1U << 1;

[[noreturn]] void fail(std::string_view what) {
    print(console, "error: ", what, ", VM-instruction error ",
          Decimal{vmread(encoding(Field::vm_instruction_error)).value}, ", exit reason ",
          Hex{vmread(encoding(Field::exit_reason)).value}, "H\n");
    halt();
}

void set(Field field, std::uint64_t value) {
    if (vmwrite(encoding(field), value) != VmxOutcome::succeed) {
        fail("VMWRITE has failed");
    }
}

[[nodiscard]] std::uint64_t get(Field field) { return vmread(encoding(field)).value; }

[[nodiscard]] PhysicalAddress zeroed_page(PageAllocator& pages) {
    const auto taken = pages.allocate();
    if (!taken) {
        fail("there is no memory");
    }
    __builtin_memset(at<void>(*taken), 0, page);
    return *taken;
}

extern "C" {
// L2: VMCALL for ever; RDMSR of a register that only the hypervisor below L1 looks at, and then VMCALL for ever.
void nested_cost_calls();
void nested_cost_reads_msr();
}
asm(R"(
        .text
nested_cost_reads_msr:
        movl    $0x3a, %ecx
        movl    $1000, %esi
1:      rdmsr
        decl    %esi
        jnz     1b
nested_cost_calls:
2:      vmcall
        jmp     2b
)");

void write_controls(bool ept, bool msr_bitmaps) {
    const bool exact = (read_msr(msr::ia32_vmx_basic).value_or(0) >> 55 & 1) != 0;
    const std::uint32_t first = exact ? 0x48d : 0x481;
    const std::array controls{
        Control{Field::pin_based_controls, first, 0},
        Control{Field::processor_based_controls, first + 1,
                (msr_bitmaps ? use_msr_bitmaps : 0) | (ept ? activate_secondary : 0)},
        Control{Field::exit_controls, first + 2, 1U << 9},
        Control{Field::entry_controls, first + 3, 1U << 9},
        Control{Field::secondary_controls, 0x48b, ept ? enable_ept : 0},
    };
    for (const Control& control : controls) {
        const std::uint64_t capability = read_msr(control.capability).value_or(0);
        set(control.field, (control.wanted | (capability & 0xffff'ffff)) & (capability >> 32));
    }
}

/// L2 is in 64-bit mode on L1's own paging structures, and L1 goes on behind `vm_entry`.
void write_state(PageAllocator& pages, const VmEntryFrame& frame, void (*code)()) {
    constexpr unsigned cs = 1, gs = 5, ldtr = 6, tr = 7;
    constexpr std::uint64_t code64 = 0xa09b, data64 = 0xc093, unusable = 0x10000, busy_tss = 0x8b;
    for (unsigned n = 0; n <= tr; ++n) {
        set(nth(Field::guest_es_selector, n), n == cs ? selector::code : n <= gs ? selector::data : 0);
        set(nth(Field::guest_es_base, n), 0);
        set(nth(Field::guest_es_limit, n), n <= gs ? 0xffff'ffff : 0x67);
        set(nth(Field::guest_es_access_rights, n), n == cs     ? code64
                                                   : n <= gs   ? data64
                                                   : n == ldtr ? unusable
                                                               : busy_tss);
    }
    for (unsigned n = 0; n <= gs; ++n) {
        set(nth(Field::host_es_selector, n), n == cs ? selector::code : n < 4 ? selector::data : 0);
    }
    struct Row {
        Field field;
        std::uint64_t value;
    };
    const std::array rows{
        Row{Field::host_tr_selector, selector::task},
        Row{Field::host_cr0, read_cr0()},
        Row{Field::host_cr3, read_cr3()},
        Row{Field::host_cr4, read_cr4()},
        Row{Field::host_fs_base, 0},
        Row{Field::host_gs_base, 0},
        Row{Field::host_tr_base, descriptor_tables.task_base()},
        Row{Field::host_gdtr_base, descriptor_tables.gdt_base()},
        Row{Field::host_idtr_base, interrupt_table.base()},
        Row{Field::host_rsp, frame.host_rsp()},
        Row{Field::host_rip, VmEntryFrame::host_rip()},
        Row{Field::guest_cr0, read_cr0()},
        Row{Field::guest_cr3, read_cr3()},
        Row{Field::guest_cr4, read_cr4()},
        Row{Field::guest_gdtr_limit, 0},
        Row{Field::guest_idtr_limit, 0},
        Row{Field::guest_dr7, 0x400},
        Row{Field::guest_rip, reinterpret_cast<std::uint64_t>(code)},
        Row{Field::guest_rflags, 2},
        Row{Field::vmcs_link_pointer, ~std::uint64_t{0}},
        Row{Field::exception_bitmap, 0xffff'ffff},
        Row{Field::msr_bitmap, raw(zeroed_page(pages))},
    };
    for (const Row& row : rows) {
        set(row.field, row.value);
    }
}

/// The first 4 GiB, each address mapped to itself.
[[nodiscard]] std::uint64_t identity_ept(PageAllocator& pages) {
    constexpr std::uint64_t all = 7, large_write_back = 1U << 7 | 6U << 3, four_levels_write_back = 3U << 3 | 6;
    const PhysicalAddress root = zeroed_page(pages);
    const PhysicalAddress pointers = zeroed_page(pages);
    *at<std::uint64_t>(root) = raw(pointers) | all;
    for (std::uint64_t n = 0; n < 4; ++n) {
        const PhysicalAddress directory = zeroed_page(pages);
        at<std::uint64_t>(pointers)[n] = raw(directory) | all;
        for (std::uint64_t k = 0; k < 512; ++k) {
            at<std::uint64_t>(directory)[k] = (n << 30 | k << 21) | all | large_write_back;
        }
    }
    return raw(root) | four_levels_write_back;
}

/// Makes a VMCS for L2 current.
void prepare(PageAllocator& pages, const VmEntryFrame& frame, bool ept, void (*code)()) {
    const bool msr_bitmaps = code == nested_cost_reads_msr;
    const PhysicalAddress vmcs = zeroed_page(pages);
    *at<std::uint32_t>(vmcs) = vmcs_revision();
    if (vmclear(vmcs) != VmxOutcome::succeed || vmptrld(vmcs) != VmxOutcome::succeed) {
        fail("VMCLEAR or VMPTRLD has failed");
    }
    write_controls(ept, msr_bitmaps);
    write_state(pages, frame, code);
    if (ept) {
        set(Field::eptp, identity_ept(pages));
    }
}

/// L2 runs up to its next VMCALL, which it is behind then.
void run_to_call(VmEntryFrame& frame, VmEntryInstruction instruction) {
    constexpr std::uint64_t vmcall = 18, length = 3;
    if (vm_entry(frame, instruction) != VmxOutcome::succeed || get(Field::exit_reason) != vmcall) {
        fail("L2 has not come to its VMCALL");
    }
    set(Field::guest_rip, get(Field::guest_rip) + length);
}

/// Instructions of one round trip.
[[nodiscard]] std::uint64_t trip(PageAllocator& pages, VmEntryFrame& frame, bool ept) {
    prepare(pages, frame, ept, nested_cost_calls);
    run_to_call(frame, VmEntryInstruction::vmlaunch);
    run_to_call(frame, VmEntryInstruction::vmresume);
    const std::uint64_t begin = read_time_stamp();
    for (std::uint64_t n = 0; n < rounds; ++n) {
        run_to_call(frame, VmEntryInstruction::vmresume);
    }
    return (read_time_stamp() - begin) / rounds;
}

/// Instructions of one RDMSR of L2's that is not L1's business; the trip that it takes besides is small beside 1,000.
[[nodiscard]] std::uint64_t own_exit(PageAllocator& pages, VmEntryFrame& frame) {
    prepare(pages, frame, false, nested_cost_reads_msr);
    const std::uint64_t begin = read_time_stamp();
    run_to_call(frame, VmEntryInstruction::vmlaunch);
    return (read_time_stamp() - begin) / rounds;
}

constexpr std::uint64_t own = 10;  // L1's instructions in each round: the loop, and the look at the flags

/// Instructions that a VMREAD of the field costs below L1.
[[nodiscard]] std::uint64_t reading(Field field) {
    const std::uint64_t begin = read_time_stamp();
    for (std::uint64_t n = 0; n < rounds; ++n) {
        static_cast<void>(get(field));
    }
    const std::uint64_t cost = (read_time_stamp() - begin) / rounds;
    return cost < own ? 0 : cost - own;
}

/// The same of a VMWRITE, of another value each time.
[[nodiscard]] std::uint64_t writing(Field field) {
    const std::uint64_t begin = read_time_stamp();
    for (std::uint64_t n = 0; n < rounds; ++n) {
        set(field, n);
    }
    return (read_time_stamp() - begin) / rounds - own;
}

[[nodiscard]] bool within(std::string_view what, std::uint64_t cost, std::uint64_t limit) {
    print(console, what, ": ", Decimal{cost}, " instructions of ", Decimal{limit}, "\n");
    return cost <= limit;
}

}  // namespace

void kernel_main(const BootInformation& /*boot*/, PageAllocator& pages) {
    constexpr std::uint32_t secondary_controls = 0x48b;
    constexpr std::uint64_t limit = 5500, limit_with_shadowing = 3000, limit_of_access = 300, limit_of_own_exit = 400;
    static constinit VmEntryFrame frame{};
    if (const auto refusal = enter_vmx_operation(zeroed_page(pages))) {
        refuse(sentence(*refusal));
    }
    const std::uint64_t cost = trip(pages, frame, false);
    const bool shadowing = reading(Field::guest_rip) == 0;
    const std::uint64_t limit_here = shadowing ? limit_with_shadowing : limit;
    print(console, "VMCS shadowing: ", shadowing ? "yes" : "no", "\n");
    bool good = within("L1 -> L2 -> L1", cost, limit_here);
    if ((read_msr(secondary_controls).value_or(0) >> 32 & enable_ept) != 0) {
        good = within("L1 -> L2 -> L1 with EPT", trip(pages, frame, true), limit_here) && good;
    }
    // Fields that no shadow VMCS has here.
    good = within("VMREAD of L1", reading(Field::cr3_target_count), limit_of_access) && good;
    good = within("VMWRITE of L1", writing(Field::tsc_offset), limit_of_access) && good;
    good = within("VM exit of L2 that is not L1's", own_exit(pages, frame), limit_of_own_exit) && good;
    console.write(good ? "each cost is within its limit\n" : "a cost is beyond its limit\n");
}

}  // namespace vmxspec::runtime
