#include "tests/bochs/hv/stress_state.hpp"

#include <string_view>

#include "hv/demo/features.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/descriptor_tables.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/io/console.hpp"

namespace vmxspec::stress {

namespace {

namespace msr = demo::msr;

template <std::uint32_t index>
std::uint64_t read_register() {
    return runtime::read_msr(index).value_or(0);
}

runtime::TablePointer table(bool interrupts) {
    runtime::TablePointer pointer{};
    if (interrupts) {
        asm volatile("sidt %0" : "=m"(pointer));
    } else {
        asm volatile("sgdt %0" : "=m"(pointer));
    }
    return pointer;
}

std::uint64_t xcr0() {
    if ((runtime::read_cr4() & demo::cr4::osxsave) == 0) {
        return 0;
    }
    std::uint32_t low, high;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (std::uint64_t{high} << 32 | low) != 0 ? 1 : 0;  // XSETBV changes it as it should
}

/// Memory that nobody changes: filled at first, then its digest.
std::uint64_t memory() {
    constexpr std::size_t words = 4096;
    static constinit std::array<std::uint64_t, words> canary{};
    static constinit bool filled = false;
    std::uint64_t digest = 0;
    for (std::size_t n = 0; n < words; ++n) {
        if (!filled) {
            canary[n] = n * 0x9e37'79b9'7f4a'7c15 + 1;
        }
        digest = (digest ^ canary[n]) * 0x0100'0000'01b3;
    }
    filled = true;
    return digest;
}

struct Row {
    std::string_view name;
    std::uint64_t (*value)();
};

constexpr std::array rows{
    Row{"CR0", runtime::read_cr0},
    Row{"CR2", runtime::read_cr2},
    Row{"CR3", runtime::read_cr3},
    Row{"CR4", runtime::read_cr4},
    Row{"CR8",
        [] {
            std::uint64_t value;
            asm volatile("mov %%cr8, %0" : "=r"(value));
            return value;
        }},
    Row{"DR0",
        [] {
            std::uint64_t value;
            asm volatile("mov %%dr0, %0" : "=r"(value));
            return value;
        }},
    Row{"DR3",
        [] {
            std::uint64_t value;
            asm volatile("mov %%dr3, %0" : "=r"(value));
            return value;
        }},
    Row{"DR6",
        [] {
            std::uint64_t value;
            asm volatile("mov %%dr6, %0" : "=r"(value));
            return value;
        }},
    Row{"DR7", runtime::read_dr7},
    Row{"RFLAGS but for ID and arithmetic flags", [] { return runtime::read_rflags() & ~std::uint64_t{0x20'08d5}; }},
    Row{"XCR0 is not 0", xcr0},
    Row{"GDTR base", [] { return std::uint64_t{table(false).base}; }},
    Row{"GDTR limit", [] { return std::uint64_t{table(false).limit}; }},
    Row{"IDTR base", [] { return std::uint64_t{table(true).base}; }},
    Row{"IDTR limit", [] { return std::uint64_t{table(true).limit}; }},
    Row{"TR",
        [] {
            std::uint64_t value = 0;
            asm volatile("str %0" : "+r"(value));
            return value;
        }},
    Row{"LDTR",
        [] {
            std::uint64_t value = 0;
            asm volatile("sldt %0" : "+r"(value));
            return value;
        }},
    Row{"IA32_EFER", read_register<msr::ia32_efer>},
    Row{"IA32_PAT", read_register<msr::ia32_pat>},
    Row{"IA32_APIC_BASE", read_register<msr::ia32_apic_base>},
    Row{"IA32_MTRR_DEF_TYPE", read_register<msr::ia32_mtrr_def_type>},
    Row{"IA32_SYSENTER_CS", read_register<msr::ia32_sysenter_cs>},
    Row{"IA32_SYSENTER_ESP", read_register<msr::ia32_sysenter_esp>},
    Row{"IA32_SYSENTER_EIP", read_register<msr::ia32_sysenter_eip>},
    Row{"IA32_STAR", read_register<msr::ia32_star>},
    Row{"IA32_LSTAR", read_register<msr::ia32_lstar>},
    Row{"IA32_FS_BASE", read_register<msr::ia32_fs_base>},
    Row{"IA32_GS_BASE", read_register<msr::ia32_gs_base>},
    Row{"IA32_KERNEL_GS_BASE", read_register<msr::ia32_kernel_gs_base>},
    Row{"memory", memory},
};
static_assert(rows.size() <= state_values);

}  // namespace

State read_state() {
    State state{};
    for (std::size_t n = 0; n < rows.size(); ++n) {
        state[n] = rows[n].value();
    }
    return state;
}

bool same(const State& before, const State& after) {
    bool all = true;
    for (std::size_t n = 0; n < rows.size(); ++n) {
        if (before[n] != after[n]) {
            all = false;
            runtime::print(runtime::console, "  ", rows[n].name, " was ", runtime::Hex{before[n]}, "H and is ",
                           runtime::Hex{after[n]}, "H\n");
        }
    }
    return all;
}

}  // namespace vmxspec::stress
