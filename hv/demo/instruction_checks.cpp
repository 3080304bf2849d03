/// Instructions that cause VM exits, or would on some processors: at CPL 0 and 3.
#include <array>

#include "hv/demo/check.hpp"
#include "hv/demo/features.hpp"
#include "hv/demo/trial.hpp"
#include "hv/demo/window.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/cpu/descriptor_tables.hpp"

namespace vmxspec::demo {

namespace {

namespace selector = runtime::selector;

constexpr std::uint64_t ud = 6, gp = 13;
alignas(64) constinit std::array<std::uint8_t, 1024> operand{};  // RSI and RDI point to it

struct Row {
    std::string_view name;
    Code code;
    std::uint64_t cpl0, cpl3;  ///< vectors
    const Feature* feature;    ///< without it: #UD at either; null: it is always there
};

constexpr Feature xsaves{0xd, CpuidRegister::eax, 3};  // subleaf 1

// VMX instructions: CR4.VMXE is 0. GETSEC: CR4.SMXE is 0.
constexpr std::array rows{
    Row{"VMCALL", {0x0f, 0x01, 0xc1}, ud, ud, nullptr},
    Row{"VMLAUNCH", {0x0f, 0x01, 0xc2}, ud, ud, nullptr},
    Row{"VMRESUME", {0x0f, 0x01, 0xc3}, ud, ud, nullptr},
    Row{"VMXOFF", {0x0f, 0x01, 0xc4}, ud, ud, nullptr},
    Row{"VMFUNC", {0x0f, 0x01, 0xd4}, ud, ud, nullptr},
    Row{"VMXON", {0xf3, 0x0f, 0xc7, 0x36}, ud, ud, nullptr},
    Row{"VMCLEAR", {0x66, 0x0f, 0xc7, 0x36}, ud, ud, nullptr},
    Row{"VMPTRLD", {0x0f, 0xc7, 0x36}, ud, ud, nullptr},
    Row{"VMPTRST", {0x0f, 0xc7, 0x3e}, ud, ud, nullptr},
    Row{"VMREAD", {0x0f, 0x78, 0xc0}, ud, ud, nullptr},
    Row{"VMWRITE", {0x0f, 0x79, 0xc0}, ud, ud, nullptr},
    Row{"INVEPT", {0x66, 0x0f, 0x38, 0x80, 0x06}, ud, ud, nullptr},
    Row{"INVVPID", {0x66, 0x0f, 0x38, 0x81, 0x06}, ud, ud, nullptr},
    Row{"GETSEC", {0x0f, 0x37}, ud, ud, nullptr},
    Row{"CPUID", {0x0f, 0xa2}, none, none, nullptr},
    Row{"RDTSC", {0x0f, 0x31}, none, none, nullptr},
    Row{"RDTSCP", {0x0f, 0x01, 0xf9}, none, none, &feature::rdtscp},
    Row{"INVPCID", {0x66, 0x0f, 0x38, 0x82, 0x06}, none, gp, &feature::invpcid},
    Row{"XSETBV", {0x0f, 0x01, 0xd1}, none, gp, &feature::xsave},
    Row{"XSAVES", {0x0f, 0xc7, 0x2f}, none, gp, &xsaves},
    Row{"WBINVD", {0x0f, 0x09}, none, gp, nullptr},
    Row{"INVLPG", {0x0f, 0x01, 0x3e}, none, gp, nullptr},
    Row{"RDMSR", {0x0f, 0x32}, none, gp, nullptr},
    Row{"WRMSR", {0x0f, 0x30}, none, gp, nullptr},
    Row{"MOV from CR0", {0x0f, 0x20, 0xc0}, none, gp, nullptr},
    Row{"MOV from DR7", {0x0f, 0x21, 0xf8}, none, gp, nullptr},
    Row{"CLTS", {0x0f, 0x06}, none, gp, nullptr},
    Row{"CLI", {0xfa}, none, gp, nullptr},
    Row{"IN", {0xe4, 0x61}, none, gp, nullptr},
};

[[nodiscard]] bool is_there(const Row& row) {
    if (row.feature == &xsaves) {
        return runtime::cpuid_has(xsaves.leaf) && (runtime::cpuid(xsaves.leaf, 1).eax >> xsaves.bit & 1) != 0;
    }
    return row.feature == nullptr || has(*row.feature);
}

/// RAX, RCX and RDX are such that RDMSR, WRMSR and XSETBV are allowed; the type of INVPCID is 2.
[[nodiscard]] TrialRegisters operands(const Row& row) {
    const auto place = reinterpret_cast<std::uint64_t>(operand.data());
    if (row.name == "XSETBV") {
        return {1, 0, 0, 0, place, place};
    }
    if (row.name == "INVPCID") {
        return {2, 0, 0, 0, place, place};
    }
    return {0, row.name == "XSAVES" ? 0 : msr::ia32_sysenter_eip, 0, 0, place, place};
}

void check_supervisor(Account& account) {
    const std::uint64_t before = runtime::read_cr4();
    runtime::write_cr4(before | (has(feature::xsave) ? cr4::osxsave : 0));
    for (const Row& row : rows) {
        account.expect(row.name, vector_of(row.code, operands(row)), is_there(row) ? row.cpl0 : ud);
    }
    runtime::write_cr4(before);
}

/// A trial at CPL 3, with code and stack in pages of the window.
[[nodiscard]] Trial user_trial(const Code& code, const TrialRegisters& registers) {
    static constinit Page stack{};
    constexpr std::uint64_t bits = page::present | page::writable | page::user;
    Trial trial = trial_at(place(code), registers);
    trial.rip = map_window(0, reinterpret_cast<const void*>(trial.rip), bits);
    trial.rsp = map_window(1, &stack, bits) + sizeof stack;
    trial.cs = selector::user_code;
    trial.ss = selector::user_data;
    trial.data_segment = selector::user_data;
    return trial;
}

void check_user(Account& account) {
    const std::uint64_t before = runtime::read_cr4();
    runtime::write_cr4(before | (has(feature::xsave) ? cr4::osxsave : 0));
    const std::uint64_t place = map_window(2, operand.data(), page::present | page::writable | page::user);
    for (const Row& row : rows) {
        TrialRegisters registers = operands(row);
        registers.rsi = registers.rdi = place;
        Trial trial = user_trial(row.code, registers);
        const std::uint64_t begin = trial.rip;
        run(trial);
        account.expect(row.name, completed(trial, begin, row.code) ? none : trial.last().vector,
                       is_there(row) ? row.cpl3 : ud);
    }
    runtime::write_cr4(before);
}

/// Compatibility mode: CPUID has its VM exit, and there is no SYSCALL.
void check_compatibility(Account& account) {
    constexpr Code code{0x0f, 0xa2};
    Trial trial = trial_at(place(code), {0x8000'0001, 0, 0, 0, 0, 0});
    const std::uint64_t begin = trial.rip;
    trial.cs = selector::code32;
    trial.ss = selector::data32;
    trial.data_segment = selector::data32;
    run(trial);
    account.expect("CPUID completes", completed(trial, begin, code) ? 1 : 0, 1);
    account.expect("CPUID shows SYSCALL", trial.registers.rdx >> feature::syscall.bit & 1, 0);
    for (const Row& row : rows) {
        if (row.cpl0 != ud || row.feature != nullptr) {
            continue;
        }
        Trial absent = trial_at(vmxspec::demo::place(row.code), operands(row));
        const std::uint64_t from = absent.rip;
        absent.cs = selector::code32;
        absent.ss = selector::data32;
        absent.data_segment = selector::data32;
        run(absent);
        account.expect(row.name, absent.last().vector, ud);
        account.expect(row.name, absent.last().rip, from);
    }
}

/// INVD is not for a bare machine: what is in caches only is lost. The hypervisor makes WBINVD of it.
void check_invd(Account& account) {
    if (!given.under_hypervisor) {
        return account.skip("it would throw away what a bare machine has in its caches");
    }
    for (unsigned n = 0; n < 100; ++n) {
        volatile std::uint8_t& byte = operand[n];
        byte = static_cast<std::uint8_t>(n);
        account.expect("INVD", vector_of({0x0f, 0x08}), none);
        account.expect("what was written", byte, n);
    }
}

constexpr std::array checks{
    Check{"instructions at CPL 0", check_supervisor},
    Check{"instructions at CPL 3", check_user},
    Check{"instructions in compatibility mode", check_compatibility},
    Check{"INVD loses nothing", check_invd},
};

}  // namespace

const std::span<const Check> instruction_checks{checks};

}  // namespace vmxspec::demo
