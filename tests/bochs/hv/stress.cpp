/// A guest that causes VM exits of each kind, again and again, and looks whether anything but what should have changed
/// has; all of it with NMIs that come at any time, too. `count=N` on the command line: how often each; `nmi=N`: how
/// long from one NMI to the next, for if handling one takes longer, nothing else is ever done.
#include <array>

#include "hv/demo/features.hpp"
#include "hv/demo/interrupts.hpp"
#include "hv/demo/trial.hpp"
#include "runtime/boot/kernel.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/io/console.hpp"
#include "runtime/io/port.hpp"
#include "tests/bochs/hv/stress_region.hpp"
#include "tests/bochs/hv/stress_state.hpp"

extern "C" {
// stress_loop.S; the registers are in the order of their numbers.
constinit std::array<std::uint64_t, 16> vmxspec_stress_before{}, vmxspec_stress_after{};
constinit std::uint64_t vmxspec_stress_flags = 0, vmxspec_stress_flags_after = 0, vmxspec_stress_faults = 0;
void vmxspec_stress_cpuid();
void vmxspec_stress_xsetbv();
void vmxspec_stress_rdmsr();
void vmxspec_stress_wrmsr();
void vmxspec_stress_cr0();
void vmxspec_stress_cr4();
void vmxspec_stress_invd();
void vmxspec_stress_vmxoff();
void vmxspec_stress_vmcall();
void vmxspec_stress_vmread();
void vmxspec_stress_getsec();
void vmxspec_stress_store();
void vmxspec_stress_load();
}

namespace vmxspec::stress {

namespace {

using runtime::console;
using runtime::Decimal;
using runtime::Hex;
using runtime::print;
namespace demo = vmxspec::demo;
namespace msr = demo::msr;

constexpr unsigned rax = 0, rcx = 1, rdx = 2, rbx = 3, rdi = 7, registers = 16;
constexpr std::uint64_t low_half = 0xffff'ffff;
constexpr std::uint64_t arithmetic_flags = 0x8d5;  // OF, SF, ZF, AF, PF, CF

constinit Given given{};

/// Where values go that an instruction takes and gives.
using Values = std::array<std::uint64_t, registers>;

/// One kind of VM exit.
struct Kind {
    std::string_view name;
    void (*execute)();
    void (*prepare)(std::uint64_t n, Values& before);        ///< operands; the other registers have any values
    void (*expect)(const Values& before, Values& expected);  ///< what it changes
    bool faults;
    unsigned rarer;  ///< it is done 1/N as often
    bool (*applies)();
};

void nothing(std::uint64_t /*n*/, Values& /*before*/) {}
void unchanged(const Values& /*before*/, Values& /*expected*/) {}
bool always() { return true; }
bool under_hypervisor() { return given.under_hypervisor; }
bool has_xsave() { return demo::has(demo::feature::xsave); }
bool has_mtrrs() { return demo::has(demo::feature::mtrr); }

constexpr std::array<std::uint32_t, 4> leaves{0, 1, 7, 0x8000'0001};
constinit std::array<runtime::CpuidResult, leaves.size()> leaf_data{};
constinit std::uint64_t feature_control = 0, default_type = 0, cr0_value = 0, cr4_value = 0;

void prepare_cpuid(std::uint64_t n, Values& before) {
    before[rax] = (before[rax] & ~low_half) | leaves[n % leaves.size()];
    before[rcx] &= ~low_half;
}
void expect_cpuid(const Values& before, Values& expected) {
    std::size_t n = 0;
    while (leaves[n] != (before[rax] & low_half)) {
        ++n;
    }
    expected[rax] = leaf_data[n].eax;
    expected[rbx] = leaf_data[n].ebx;
    expected[rcx] = leaf_data[n].ecx;
    expected[rdx] = leaf_data[n].edx;
}

void prepare_value(Values& before, std::uint32_t index, std::uint64_t value) {
    before[rcx] = (before[rcx] & ~low_half) | index;
    before[rax] = (before[rax] & ~low_half) | (value & low_half);
    before[rdx] = (before[rdx] & ~low_half) | value >> 32;
}

void expect_feature_control(const Values& /*before*/, Values& expected) {
    expected[rax] = feature_control & low_half;
    expected[rdx] = feature_control >> 32;
}

[[nodiscard]] std::uint64_t page_of(std::uint64_t n) {
    const std::uint64_t pages = (given.hypervisor.end - given.hypervisor.begin) / runtime::page_size;
    return pages == 0 ? 0 : given.hypervisor.begin + n % pages * runtime::page_size + n * 8 % runtime::page_size;
}

constexpr std::array kinds{
    Kind{"CPUID", vmxspec_stress_cpuid, prepare_cpuid, expect_cpuid, false, 1, always},
    Kind{"XSETBV", vmxspec_stress_xsetbv, [](std::uint64_t n, Values& b) { prepare_value(b, 0, n % 2 == 0 ? 1 : 3); },
         unchanged, false, 1, has_xsave},
    Kind{"XSETBV that faults", vmxspec_stress_xsetbv,
         [](std::uint64_t n, Values& b) { prepare_value(b, n % 2 == 0 ? 0 : 1, 2); }, unchanged, true, 1, has_xsave},
    Kind{"RDMSR of IA32_FEATURE_CONTROL", vmxspec_stress_rdmsr,
         [](std::uint64_t, Values& b) { prepare_value(b, msr::ia32_feature_control, 0); }, expect_feature_control,
         false, 1, [] { return runtime::read_msr(msr::ia32_feature_control).has_value(); }},
    Kind{"RDMSR of no register", vmxspec_stress_rdmsr,
         [](std::uint64_t n, Values& b) { prepare_value(b, 0x4000'0000 + static_cast<std::uint32_t>(n), 0); },
         unchanged, true, 1, always},
    Kind{"WRMSR of no register", vmxspec_stress_wrmsr,
         [](std::uint64_t n, Values& b) { prepare_value(b, 0xc001'0000 + static_cast<std::uint32_t>(n % 4096), n); },
         unchanged, true, 1, always},
    // All of the EPT is mapped anew each time.
    Kind{"WRMSR of IA32_MTRR_DEF_TYPE", vmxspec_stress_wrmsr,
         [](std::uint64_t, Values& b) { prepare_value(b, msr::ia32_mtrr_def_type, default_type); }, unchanged, false,
         50, has_mtrrs},
    Kind{"MOV to CR0, NE", vmxspec_stress_cr0,
         [](std::uint64_t n, Values& b) { b[rax] = n % 2 == 0 ? cr0_value ^ demo::cr0::ne : cr0_value; }, unchanged,
         false, 1, always},
    Kind{"MOV to CR0 that faults", vmxspec_stress_cr0,
         [](std::uint64_t, Values& b) { b[rax] = (cr0_value | demo::cr0::nw) ^ demo::cr0::ne; }, unchanged, true, 1,
         always},
    Kind{"MOV to CR4, SMXE", vmxspec_stress_cr4, [](std::uint64_t, Values& b) { b[rax] = cr4_value | demo::cr4::smxe; },
         unchanged, true, 1, [] { return !demo::has(demo::feature::smx); }},
    Kind{"INVD", vmxspec_stress_invd, nothing, unchanged, false, 1, under_hypervisor},
    Kind{"VMXOFF", vmxspec_stress_vmxoff, nothing, unchanged, true, 1, always},
    Kind{"VMCALL", vmxspec_stress_vmcall, nothing, unchanged, true, 1, always},
    Kind{"VMREAD", vmxspec_stress_vmread, nothing, unchanged, true, 1, always},
    Kind{"GETSEC", vmxspec_stress_getsec, nothing, unchanged, true, 1, always},
    // The next VM exit, of whatever kind, makes a page of ones of it again.
    Kind{"write where the hypervisor is", vmxspec_stress_store,
         [](std::uint64_t n, Values& b) {
             static_cast<void>(runtime::cpuid(0));
             b[rdi] = page_of(n);
         },
         unchanged, false, 1, under_hypervisor},
    Kind{"read where the hypervisor is", vmxspec_stress_load,
         [](std::uint64_t n, Values& b) {
             static_cast<void>(runtime::cpuid(0));
             b[rdi] = page_of(n);
         },
         [](const Values&, Values& e) { e[rax] = ~std::uint64_t{0}; }, false, 1, under_hypervisor},
};

/// Numbers that look random and are the same each time.
class Numbers {
public:
    [[nodiscard]] std::uint64_t next() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return state_;
    }

private:
    std::uint64_t state_ = 0x9e37'79b9'7f4a'7c15;
};

struct Counts {
    unsigned passed = 0, failed = 0, skipped = 0;
};

/// One more of a kind. \return whether all registers and flags are as they should be
[[nodiscard]] bool once(const Kind& kind, std::uint64_t n, Numbers& numbers) {
    Values& before = vmxspec_stress_before;
    for (std::uint64_t& value : before) {
        value = numbers.next();
    }
    vmxspec_stress_flags = (numbers.next() & arithmetic_flags) | demo::rflags_always;
    kind.prepare(n, before);
    const std::uint64_t faults = vmxspec_stress_faults;
    kind.execute();
    Values expected = before;  // RSP is written by the loop itself
    kind.expect(before, expected);
    bool good =
        vmxspec_stress_flags_after == vmxspec_stress_flags && vmxspec_stress_faults == faults + (kind.faults ? 1 : 0);
    for (unsigned number = 0; number < registers; ++number) {
        if (vmxspec_stress_after[number] != expected[number]) {
            print(console, "  register ", Decimal{number}, " has ", Hex{vmxspec_stress_after[number]}, "H, expected ",
                  Hex{expected[number]}, "H\n");
            good = false;
        }
    }
    return good;
}

void prepare_values() {
    for (std::size_t n = 0; n < leaves.size(); ++n) {
        leaf_data[n] = runtime::cpuid(leaves[n]);
    }
    feature_control = runtime::read_msr(msr::ia32_feature_control).value_or(0);
    default_type = runtime::read_msr(msr::ia32_mtrr_def_type).value_or(0);
    cr0_value = runtime::read_cr0();
    cr4_value = runtime::read_cr4();
}

void run_kinds(std::uint64_t count, std::string_view circumstance, Counts& counts) {
    Numbers numbers;
    prepare_values();
    for (const Kind& kind : kinds) {
        if (!kind.applies()) {
            ++counts.skipped;
            print(console, "skipped ", kind.name, circumstance, "\n");
            continue;
        }
        const State before = read_state();
        // An even number: what is turned is turned back.
        const std::uint64_t times = (count / kind.rarer + 2) / 2 * 2;
        std::uint64_t done = 0;
        while (done < times && once(kind, done, numbers)) {
            ++done;
        }
        const bool good = done == times && same(before, read_state());
        ++(good ? counts.passed : counts.failed);
        print(console, good ? "ok      " : "FAILED  ", kind.name, circumstance, ", ", Decimal{done}, " times\n");
    }
}

/// IRQ 0 as an NMI, every so many ticks of the 8254: by the I/O APIC's input 2.
void start_nmis(std::uint16_t ticks) {
    constexpr std::uint8_t counter0_both_bytes_rate = 0x34;
    constexpr std::uint32_t nmi = 4U << 8;
    write_io_apic(0x15, demo::own_apic_id() << 24);
    write_io_apic(0x14, nmi);
    runtime::Ports::out8(0x43, counter0_both_bytes_rate);
    runtime::Ports::out8(0x40, static_cast<std::uint8_t>(ticks));
    runtime::Ports::out8(0x40, static_cast<std::uint8_t>(ticks >> 8));
}
void stop_nmis() {
    constexpr std::uint32_t masked = 1U << 16;
    write_io_apic(0x14, masked);
}

/// All of it once more, while NMIs come at any instruction, the hypervisor's own too. (An NMI at an instruction that
/// may fault was taken for its fault, by the runtime: RDMSR of the hypervisor then gave #GP to the guest, and no NMI.)
void run_with_nmis(std::uint64_t count, Counts& counts) {
    const unsigned before = demo::nmis();
    start_nmis(static_cast<std::uint16_t>(given.nmi_ticks));
    run_kinds(count, ", with NMIs", counts);
    stop_nmis();
    const unsigned nmis = demo::nmis() - before;
    ++(nmis > 3 ? counts.passed : counts.failed);
    print(console, nmis > 3 ? "ok      " : "FAILED  ", "NMIs, ", Decimal{nmis}, "\n");
}

/// Every word where the hypervisor is: its code, its data, what VMX needs. That it goes on shows that none has changed.
void overwrite_hypervisor(Counts& counts) {
    std::uint64_t wrong = 0;
    for (std::uint64_t address = given.hypervisor.begin; address < given.hypervisor.end; address += 8) {
        *runtime::at<volatile std::uint64_t>(runtime::PhysicalAddress{address}) = address;
        if (address % runtime::page_size == 0) {
            static_cast<void>(runtime::cpuid(0));
        }
    }
    static_cast<void>(runtime::cpuid(0));
    for (std::uint64_t address = given.hypervisor.begin; address < given.hypervisor.end; address += 8) {
        wrong += *runtime::at<volatile std::uint64_t>(runtime::PhysicalAddress{address}) != ~std::uint64_t{0} ? 1 : 0;
    }
    ++(wrong == 0 ? counts.passed : counts.failed);
    print(console, wrong == 0 ? "ok      " : "FAILED  ", "every word of the hypervisor is written, ", Decimal{wrong},
          " are no ones\n");
}

/// Any values into CR0, CR4 and IA32_EFER, bits that are reserved among them. What became of each goes into a digest,
/// which is the same on a bare machine. CR4.VMXE and SMXE are left out: a hypervisor may hide VMX.
void set_any_bits(std::uint64_t count, Counts& counts) {
    constexpr demo::Code mov_cr0{0x0f, 0x22, 0xc0}, mov_cr4{0x0f, 0x22, 0xe0}, wrmsr{0x0f, 0x30};
    constexpr std::uint64_t hidden = demo::cr4::vmxe | demo::cr4::smxe;
    Numbers numbers;
    std::uint64_t digest = 0, taken = 0;
    const std::uint64_t cr0 = runtime::read_cr0(), cr4 = runtime::read_cr4();
    const std::uint64_t efer = runtime::read_msr(msr::ia32_efer).value_or(0);
    const auto note = [&](std::uint64_t vector, std::uint64_t value) {
        digest = (digest ^ vector ^ value * 0x9e37'79b9'7f4a'7c15) * 0x0100'0000'01b3;
        taken += vector == demo::none ? 1 : 0;
    };
    const State before = read_state();
    for (std::uint64_t n = 0; n < count; ++n) {
        // One, two or any bits are turned.
        const std::uint64_t one = std::uint64_t{1} << numbers.next() % 64;
        const std::uint64_t turned = n % 3 == 0   ? one
                                     : n % 3 == 1 ? one | std::uint64_t{1} << numbers.next() % 64
                                                  : numbers.next();
        note(demo::vector_of(mov_cr0, {cr0 ^ turned, 0, 0, 0, 0, 0}), runtime::read_cr0());
        runtime::write_cr0(cr0);
        note(demo::vector_of(mov_cr4, {cr4 ^ (turned & ~hidden), 0, 0, 0, 0, 0}), runtime::read_cr4());
        runtime::write_cr4(cr4);
        const std::uint64_t value = efer ^ turned;
        note(demo::vector_of(wrmsr, {value & low_half, msr::ia32_efer, value >> 32, 0, 0, 0}),
             runtime::read_msr(msr::ia32_efer).value_or(0));
        static_cast<void>(runtime::write_msr(msr::ia32_efer, efer));
    }
    const bool good = same(before, read_state()) && taken > 0 && taken < 3 * count;
    ++(good ? counts.passed : counts.failed);
    print(console, good ? "ok      " : "FAILED  ", "any bits of CR0, CR4 and IA32_EFER, ", Decimal{3 * count},
          " times, taken ", Decimal{taken}, ", digest ", Hex{digest, 16}, "H\n");
}

}  // namespace

}  // namespace vmxspec::stress

namespace vmxspec::runtime {

void kernel_main(const BootInformation& boot, PageAllocator& /*pages*/) {
    using namespace vmxspec::stress;
    vmxspec::stress::given = read_given(boot);
    vmxspec::demo::prepare_interrupts();
    if (vmxspec::demo::has(vmxspec::demo::feature::xsave)) {
        write_cr4(read_cr4() | vmxspec::demo::cr4::osxsave);
    }
    Counts counts;
    run_kinds(vmxspec::stress::given.count, "", counts);
    run_with_nmis(vmxspec::stress::given.count / 10, counts);
    if (vmxspec::stress::given.under_hypervisor) {
        overwrite_hypervisor(counts);
    }
    set_any_bits(vmxspec::stress::given.count / 10, counts);
    print(console, "stress: ", Decimal{counts.passed}, " checks passed, ", Decimal{counts.failed}, " failed, ",
          Decimal{counts.skipped}, " skipped\n");
}

}  // namespace vmxspec::runtime
