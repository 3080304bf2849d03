/// The time-stamp counter that a hypervisor gives its guest by "use TSC offsetting" and "use TSC scaling" (SDM 27.6.5,
/// 28.3). L2 reads it in three ways. L1 has read its own before and after: L2's is between what the manual makes of
/// these.
#include <array>
#include <string_view>

#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/interrupt_table.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/time_stamp.hpp"
#include "runtime/cpu/vmx_operation.hpp"
#include "runtime/io/console.hpp"
#include "tests/bochs/hv/l1_vmcs.hpp"
#include "tests/bochs/hv/tally.hpp"
#include "vmxspec/generated/entry_load.hpp"

extern "C" {
// L2: RDTSC into R8, RDTSCP into R9, RDMSR into R10, and VMCALL.
void time_stamp_reads();
}
asm(R"(
        .text
time_stamp_reads:
        rdtsc
        shlq    $32, %rdx
        leaq    (%rdx, %rax), %r8
        rdtscp
        shlq    $32, %rdx
        leaq    (%rdx, %rax), %r9
        movl    $0x10, %ecx
        rdmsr
        shlq    $32, %rdx
        leaq    (%rdx, %rax), %r10
        vmcall
)");

namespace vmxspec::l1 {

namespace {

using generated::MsrAreaEntry;
using runtime::at;
using runtime::Hex;
using runtime::PageAllocator;
using runtime::raw;
using runtime::read_time_stamp;
using runtime::VmEntryInstruction;
using runtime::VmxOutcome;

constexpr std::uint32_t ia32_tsc = 0x10, ia32_vmx_vmcs_enum = 0x48a;
constexpr std::uint64_t use_tsc_offsetting = 1U << 3, rdtsc_exiting = 1U << 12, use_msr_bitmaps = 1U << 28,
                        activate_secondary = 1U << 31;                        // SDM table 27-6
constexpr std::uint64_t enable_rdtscp = 1U << 3, use_tsc_scaling = 1U << 25;  // SDM table 27-7
constexpr std::uint64_t rdtsc_exit = 16, vmcall_exit = 18, entry_fails = ~std::uint64_t{0};
constexpr std::uint64_t one = std::uint64_t{1} << 48;  // the multiplier of a counter that is as fast

struct Trial {
    std::string_view name;
    std::uint64_t primary, secondary;  ///< controls
    std::uint64_t multiplier, offset;
    std::uint64_t exit_reason = vmcall_exit;
};

constexpr std::uint64_t far_back = ~std::uint64_t{0} << 62, odd = 0x1234'5678'9abc'def1;
constexpr auto offsets = use_tsc_offsetting, scales = use_tsc_scaling;
constexpr std::array trials{
    Trial{"neither", 0, 0, 0, 7},
    Trial{"an offset", offsets, 0, 0, odd},
    Trial{"an offset below 0, and a multiplier that is not used", offsets, 0, 3 * one, far_back},
    Trial{"RDTSC exiting", offsets | rdtsc_exiting, 0, 0, odd, rdtsc_exit},
    Trial{"as fast", offsets, scales, one, 0},
    Trial{"as fast, with an offset", offsets, scales, one, odd},
    Trial{"half as fast", offsets, scales, one / 2, 0},
    Trial{"half as fast, with an offset below 0", offsets, scales, one / 2, far_back},
    Trial{"three times as fast", offsets, scales, 3 * one, 0},
    Trial{"three times as fast, with an offset", offsets, scales, 3 * one, odd},
    Trial{"a little faster", offsets, scales, one + 1, 0},
    Trial{"an odd multiplier", offsets, scales, 0x1'5555'5555'5555, 0},
    Trial{"an odd multiplier, with an offset", offsets, scales, 0x1'5555'5555'5555, odd},
    Trial{"a product of more than 112 bits", offsets, scales, odd, 1},
    Trial{"the greatest multiplier", offsets, scales, ~std::uint64_t{0}, far_back},
    Trial{"the least multiplier: the offset is left", offsets, scales, 1, odd},
    Trial{"scaling without offsetting: neither", 0, scales, 3 * one, odd},
    Trial{"scaling, and RDTSC exiting", offsets | rdtsc_exiting, scales, one, odd, rdtsc_exit},
    Trial{"a multiplier of 0", offsets, scales, 0, odd, entry_fails},
    Trial{"a multiplier of 0 without offsetting", 0, scales, 0, odd, entry_fails},
};

constinit Tally tally;

/// The VM-exit MSR-store area gets what L2 would read (word "stored=guest", Bochs), not what L1 would. The manual says
/// "as they would be read by RDMSR" (SDM 30.4) and not whose; processors store the register, as KVM relies on.
constinit bool stores_guests = false;

void expect(std::string_view trial, std::string_view what, std::uint64_t seen, std::uint64_t expected) {
    tally.expect(seen, expected, trial, ": ", what);
}

/// Time goes from `begin` to `end`, and may pass the greatest number.
void expect_between(std::string_view trial, std::string_view what, std::uint64_t seen, std::uint64_t begin,
                    std::uint64_t end) {
    if (seen - begin <= end - begin) {
        tally.pass();
    } else {
        tally.fail(trial, ": ", what, " is ", Hex{seen}, "H, expected ", Hex{begin}, "H to ", Hex{end}, "H");
    }
}

/// What L2 reads when L1 would read `tsc` (SDM 28.3).
[[nodiscard]] std::uint64_t of_l2(const Trial& trial, std::uint64_t tsc) {
    if ((trial.primary & use_tsc_offsetting) == 0) {
        return tsc;
    }
    __extension__ using Product = unsigned __int128;
    const Product product = Product{tsc} * trial.multiplier;
    const bool is_scaled = (trial.secondary & use_tsc_scaling) != 0;
    return (is_scaled ? static_cast<std::uint64_t>(product >> 48) : tsc) + trial.offset;
}

class Machine {
public:
    explicit Machine(PageAllocator& pages)
        : pages_{pages},
          msr_bitmap_{zeroed_page(pages)},
          entry_load_{zeroed_page(pages)},
          exit_store_{zeroed_page(pages)} {}

    void run(const Trial& trial);
    /// VM entry writes the counter.
    void load(const Trial& trial, std::uint64_t forward);

private:
    void prepare(const Trial& trial);
    void write_guest() const;
    [[nodiscard]] VmxOutcome enter() { return runtime::vm_entry(frame_, VmEntryInstruction::vmlaunch); }
    /// L2 has run between these two times of L1's.
    void judge(const Trial& trial, std::uint64_t begin, std::uint64_t end) const;

    PageAllocator& pages_;
    PhysicalAddress msr_bitmap_, entry_load_, exit_store_;
    runtime::VmEntryFrame frame_{};
};

/// L2 is in 64-bit mode on L1's own paging structures.
void Machine::write_guest() const {
    namespace selector = runtime::selector;
    constexpr unsigned cs = 1, gs = 5, ldtr = 6, tr = 7;
    constexpr std::uint64_t code64 = 0xa09b, data64 = 0xc093, unusable = 0x10000, busy_tss = 0x8b;
    for (unsigned n = 0; n <= tr; ++n) {
        const bool of_data = n <= gs && n != cs;
        set(nth(Field::guest_es_selector, n), n == cs ? selector::code : of_data ? selector::data : 0);
        set(nth(Field::guest_es_limit, n), n <= gs ? 0xffff'ffff : 0x67);
        set(nth(Field::guest_es_access_rights, n), n == cs     ? code64
                                                   : of_data   ? data64
                                                   : n == ldtr ? unusable
                                                               : busy_tss);
    }
    struct Row {
        Field field;
        std::uint64_t value;
    };
    const std::array rows{
        Row{Field::guest_cr0, runtime::read_cr0()},
        Row{Field::guest_cr3, runtime::read_cr3()},
        Row{Field::guest_cr4, runtime::read_cr4()},
        Row{Field::guest_dr7, 0x400},
        Row{Field::guest_rip, reinterpret_cast<std::uint64_t>(&time_stamp_reads)},
        Row{Field::guest_rflags, 2},
        Row{Field::vmcs_link_pointer, ~std::uint64_t{0}},
    };
    for (const Row& row : rows) {
        set(row.field, row.value);
    }
}

void Machine::prepare(const Trial& trial) {
    constexpr std::uint64_t host_64_bit = 1U << 9, ia32e_mode_guest = 1U << 9;
    make_vmcs(zeroed_page(pages_));
    set(Field::pin_based_controls, allowed(Field::pin_based_controls, 0));
    set(Field::processor_based_controls,
        allowed(Field::processor_based_controls, trial.primary | use_msr_bitmaps | activate_secondary));
    set(Field::secondary_controls, allowed(Field::secondary_controls, trial.secondary | enable_rdtscp));
    set(Field::exit_controls, allowed(Field::exit_controls, host_64_bit));
    set(Field::entry_controls, allowed(Field::entry_controls, ia32e_mode_guest));
    set(Field::exception_bitmap, 0xffff'ffff);
    set(Field::msr_bitmap, raw(msr_bitmap_));
    set(Field::tsc_offset, trial.offset);
    if (allows(Field::secondary_controls, use_tsc_scaling)) {
        set(Field::tsc_multiplier, trial.multiplier);
    }
    set(Field::entry_msr_load, raw(entry_load_));
    set(Field::exit_msr_store, raw(exit_store_));
    set(Field::exit_msr_store_count, 1);
    *at<MsrAreaEntry>(exit_store_) = {ia32_tsc, 0, 0};
    write_guest();
    write_host(frame_, runtime::descriptor_tables, runtime::interrupt_table.base());
    frame_ = {};
}

void Machine::judge(const Trial& trial, std::uint64_t begin, std::uint64_t end) const {
    expect(trial.name, "the exit reason", get(Field::exit_reason), trial.exit_reason);
    const std::uint64_t earliest = of_l2(trial, begin), latest = of_l2(trial, end);
    expect_between(trial.name, "IA32_TIME_STAMP_COUNTER in the VM-exit MSR-store area",
                   at<MsrAreaEntry>(exit_store_)->data, stores_guests ? earliest : begin, stores_guests ? latest : end);
    if (trial.exit_reason != vmcall_exit) {
        return expect(trial.name, "L2's R8", frame_.r8, 0);
    }
    expect_between(trial.name, "RDTSC", frame_.r8, earliest, latest);
    expect_between(trial.name, "RDTSCP", frame_.r9, frame_.r8, latest);
    expect_between(trial.name, "RDMSR", frame_.r10, frame_.r9, latest);
}

void Machine::run(const Trial& trial) {
    prepare(trial);
    const std::uint64_t begin = read_time_stamp();
    const VmxOutcome outcome = enter();
    const std::uint64_t end = read_time_stamp();
    if (trial.exit_reason == entry_fails) {
        constexpr std::uint64_t invalid_controls = 7;
        expect(trial.name, "how VMLAUNCH ends", static_cast<std::uint64_t>(outcome),
               static_cast<std::uint64_t>(VmxOutcome::fail_valid));
        return expect(trial.name, "the VM-instruction error", get(Field::vm_instruction_error), invalid_controls);
    }
    if (outcome != VmxOutcome::succeed) {
        fail(trial.name);
    }
    judge(trial, begin, end);
}

void Machine::load(const Trial& trial, std::uint64_t forward) {
    prepare(trial);
    set(Field::entry_msr_load_count, 1);
    const std::uint64_t before = read_time_stamp(), written = before + forward;
    *at<MsrAreaEntry>(entry_load_) = {ia32_tsc, 0, written};
    if (enter() != VmxOutcome::succeed) {
        fail(trial.name);
    }
    const std::uint64_t after = read_time_stamp();
    judge(trial, written, after);
    expect_between(trial.name, "L1's own, which VM entry has written", after, written, written + forward / 2);
    static_cast<void>(runtime::write_msr(ia32_tsc, after - forward));
}

/// A field that the processor does not have (SDM 33.3, VMREAD; 33.4).
void expect_no_multiplier() {
    constexpr std::uint64_t unsupported_component = 12;
    constexpr std::string_view name = "without TSC scaling";
    const auto fail_valid = static_cast<std::uint64_t>(VmxOutcome::fail_valid);
    const std::uint32_t multiplier = encoding(Field::tsc_multiplier);
    expect(name, "how VMREAD ends", static_cast<std::uint64_t>(runtime::vmread(multiplier).outcome), fail_valid);
    expect(name, "the VM-instruction error", get(Field::vm_instruction_error), unsupported_component);
    expect(name, "how VMWRITE ends", static_cast<std::uint64_t>(runtime::vmwrite(multiplier, one)), fail_valid);
    expect(name, "the VM-instruction error", get(Field::vm_instruction_error), unsupported_component);
}

}  // namespace

}  // namespace vmxspec::l1

void vmxspec::runtime::kernel_main(const BootInformation& boot, PageAllocator& pages) {
    using namespace l1;
    stores_guests = boot.command_line().ends_with("stored=guest");
    if (const auto refusal = enter_vmx_operation(zeroed_page(pages))) {
        refuse(sentence(*refusal));
    }
    Machine machine{pages};
    const bool has_scaling = allows(Field::secondary_controls, use_tsc_scaling);
    for (const auto& trial : trials) {
        if (has_scaling || trial.secondary == 0) {
            machine.run(trial);
        }
    }
    constexpr std::uint64_t forward = std::uint64_t{1} << 40;
    machine.load({"VM entry loads the counter", offsets, 0, 0, odd}, forward);
    if (has_scaling) {
        machine.load({"VM entry loads the counter, which is scaled", offsets, scales, 3 * one, odd}, forward);
        constexpr std::uint64_t index = 0x3fe;  // of an encoding, and in IA32_VMX_VMCS_ENUM (SDM A.9)
        const std::uint64_t highest = read_msr(ia32_vmx_vmcs_enum).value_or(0) & index;
        expect("IA32_VMX_VMCS_ENUM", "an index at least the TSC multiplier's",
               highest >= (encoding(Field::tsc_multiplier) & index) ? 1 : 0, 1);
    } else {
        console.write("this processor has no TSC scaling\n");
        expect_no_multiplier();
    }
    tally.close("timestamp");
}
