/// CPUID, which always causes a VM exit.
#include <array>

#include "hv/demo/check.hpp"
#include "hv/demo/features.hpp"
#include "hv/demo/trial.hpp"
#include "runtime/cpu/control_register.hpp"

namespace vmxspec::demo {

namespace {

constexpr Code cpuid_code{0x0f, 0xa2};
constexpr std::uint64_t upper = 0xffff'ffff'0000'0000;

void check_leaves(Account& account) {
    const runtime::CpuidResult first = runtime::cpuid(0);
    account.expect("there are leaves behind 0", first.eax >= 1 ? 1 : 0, 1);
    account.expect("a vendor's first letters", first.ebx, 0x756e'6547);  // "Genu"
    account.expect("there are leaves behind 80000000H", runtime::cpuid_has(0x8000'0008) ? 1 : 0, 1);
    account.expect("local APIC", has(feature::apic) ? 1 : 0, 1);
    account.expect("SYSCALL in 64-bit mode", has(feature::syscall) ? 1 : 0, 1);
}

void check_registers(Account& account) {
    Trial trial = trial_at(place(cpuid_code), {upper, upper, upper, upper, 0x1122'3344'5566'7788, ~std::uint64_t{0}});
    const std::uint64_t begin = trial.rip;
    run(trial);
    account.expect("it completes", completed(trial, begin, cpuid_code) ? 1 : 0, 1);
    account.expect("upper halves",
                   (trial.registers.rax | trial.registers.rbx | trial.registers.rcx | trial.registers.rdx) & upper, 0);
    account.expect("RSI", trial.registers.rsi, 0x1122'3344'5566'7788);
    account.expect("RDI", trial.registers.rdi, ~std::uint64_t{0});
    account.expect("RFLAGS", trial.last().rflags & 0xffff, rflags_always);
}

/// OSXSAVE shows CR4.OSXSAVE.
void check_osxsave(Account& account) {
    if (!has(feature::xsave)) {
        return account.skip("no XSAVE");
    }
    const std::uint64_t before = runtime::read_cr4();
    runtime::write_cr4(before | cr4::osxsave);
    account.expect("OSXSAVE with CR4.OSXSAVE = 1", has(feature::osxsave) ? 1 : 0, 1);
    runtime::write_cr4(before & ~cr4::osxsave);
    account.expect("OSXSAVE with CR4.OSXSAVE = 0", has(feature::osxsave) ? 1 : 0, 0);
    runtime::write_cr4(before);
}

/// A leaf beyond the last one shows the last one's data, for any upper bits of the subleaf.
void check_beyond(Account& account) {
    const std::uint32_t last = runtime::cpuid(0).eax;
    const runtime::CpuidResult beyond = runtime::cpuid(last + 1), again = runtime::cpuid(last + 1);
    account.expect("EAX, twice", beyond.eax, again.eax);
    account.expect("EBX, twice", beyond.ebx, again.ebx);
}

constexpr std::array rows{
    Check{"CPUID: leaves", check_leaves},
    Check{"CPUID: writes four registers, and their upper halves are 0", check_registers},
    Check{"CPUID: OSXSAVE follows CR4", check_osxsave},
    Check{"CPUID: a leaf that does not exist", check_beyond},
};

}  // namespace

const std::span<const Check> cpuid_checks{rows};

}  // namespace vmxspec::demo
