/// RDMSR and WRMSR, of registers that are L1's own and of those that the hypervisor keeps.
#include <array>

#include "hv/demo/check.hpp"
#include "hv/demo/features.hpp"
#include "hv/demo/trial.hpp"
#include "runtime/cpu/msr.hpp"
#include "runtime/cpu/time_stamp.hpp"

namespace vmxspec::demo {

namespace {

using runtime::read_msr;
using runtime::write_msr;

constexpr Code rdmsr{0x0f, 0x32};
constexpr std::uint64_t canonical = 0xffff'8000'1234'5678, not_canonical = 0x0000'8000'0000'0000;
constexpr std::uint64_t absent = 0xdead'dead'dead'dead;  // no register here ever has this value

/// A register that keeps what is written, and a value that it does not take (0: there is none).
struct KeepRow {
    std::string_view name;
    std::uint32_t index;
    std::uint64_t value;
    std::uint64_t refused;
};

constexpr std::array keep_rows{
    KeepRow{"IA32_SYSENTER_CS", msr::ia32_sysenter_cs, 0x1234, 0},
    KeepRow{"IA32_SYSENTER_ESP", msr::ia32_sysenter_esp, canonical, not_canonical},
    KeepRow{"IA32_SYSENTER_EIP", msr::ia32_sysenter_eip, canonical, not_canonical},
    KeepRow{"IA32_PAT", msr::ia32_pat, 0x0007'0406'0007'0105, 0x0007'0406'0002'0406},
    KeepRow{"IA32_STAR", msr::ia32_star, 0x0123'4567'89ab'cdef, 0},
    KeepRow{"IA32_LSTAR", msr::ia32_lstar, canonical, not_canonical},
    KeepRow{"IA32_FS_BASE", msr::ia32_fs_base, canonical, not_canonical},
    KeepRow{"IA32_GS_BASE", msr::ia32_gs_base, canonical, not_canonical},
    KeepRow{"IA32_KERNEL_GS_BASE", msr::ia32_kernel_gs_base, canonical, not_canonical},
};

/// Between the two there are VM exits, where there is a hypervisor.
void check_keep(Account& account) {
    for (const KeepRow& row : keep_rows) {
        const auto before = read_msr(row.index);
        account.expect(row.name, write_msr(row.index, row.value) ? 1 : 0, 1);
        static_cast<void>(runtime::cpuid(0));
        account.expect(row.name, read_msr(row.index).value_or(absent), row.value);
        if (row.refused != 0) {
            account.expect(row.name, write_msr(row.index, row.refused) ? 1 : 0, 0);
            account.expect(row.name, read_msr(row.index).value_or(absent), row.value);
        }
        account.expect(row.name, write_msr(row.index, before.value_or(0)) ? 1 : 0, 1);
    }
}

void check_efer(Account& account) {
    const std::uint64_t before = read_msr(msr::ia32_efer).value_or(0);
    account.expect("LME and LMA", before & (efer::lme | efer::lma), efer::lme | efer::lma);
    for (const std::uint64_t bit : {efer::sce, efer::nxe}) {
        if (bit == efer::nxe && !has(feature::nx)) {
            continue;
        }
        account.expect("a bit is turned", write_msr(msr::ia32_efer, before ^ bit) ? 1 : 0, 1);
        static_cast<void>(runtime::cpuid(0));
        account.expect("it stays so", read_msr(msr::ia32_efer).value_or(absent), before ^ bit);
    }
    account.expect("it is turned back", write_msr(msr::ia32_efer, before) ? 1 : 0, 1);
    // Each bit but SCE, LME, LMA and NXE is reserved; and LME can't be changed under paging.
    for (unsigned bit = 0; bit < 64; ++bit) {
        const std::uint64_t value = std::uint64_t{1} << bit;
        if ((value & (efer::sce | efer::lme | efer::lma | efer::nxe)) == 0) {
            account.expect("a reserved bit is refused", write_msr(msr::ia32_efer, before | value) ? bit : none, none);
        }
    }
    account.expect("LME is cleared", write_msr(msr::ia32_efer, before & ~efer::lme) ? 1 : 0, 0);
    account.expect("after all this", read_msr(msr::ia32_efer).value_or(absent), before);
}

void check_time_stamp(Account& account) {
    constexpr std::uint64_t far = std::uint64_t{1} << 50;
    std::uint64_t last = runtime::read_time_stamp();
    for (unsigned n = 0; n < 100; ++n) {
        static_cast<void>(runtime::cpuid(0));
        const std::uint64_t now = runtime::read_time_stamp();
        account.expect("it grows", now > last ? 1 : 0, 1);
        last = now;
    }
    account.expect("it can be written", write_msr(msr::ia32_tsc, last + far) ? 1 : 0, 1);
    const std::uint64_t moved = runtime::read_time_stamp() - last;
    account.expect("it has moved", moved >= far && moved < far + far / 2 ? 1 : 0, 1);
    account.expect("IA32_TIME_STAMP_COUNTER is the same", read_msr(msr::ia32_tsc).value_or(0) - last < far * 2 ? 1 : 0,
                   1);
    account.expect("and back", write_msr(msr::ia32_tsc, last) ? 1 : 0, 1);
}

/// Writes of MTRRs cause VM exits: the EPT follows them. Memory stays what it is.
void check_memory_types(Account& account) {
    if (!has(feature::mtrr)) {
        return account.skip("no MTRRs");
    }
    static constinit std::uint64_t word = 0;
    const std::uint64_t before = read_msr(msr::ia32_mtrr_def_type).value_or(0);
    for (const std::uint64_t type : {std::uint64_t{0}, std::uint64_t{6}}) {
        const std::uint64_t value = (before & ~std::uint64_t{0xff}) | type;
        account.expect("a type is written", write_msr(msr::ia32_mtrr_def_type, value) ? 1 : 0, 1);
        account.expect("it stays so", read_msr(msr::ia32_mtrr_def_type).value_or(absent), value);
        volatile std::uint64_t& place = word;
        place = value + 1;
        account.expect("memory is there", place, value + 1);
    }
    account.expect("a reserved type is refused", write_msr(msr::ia32_mtrr_def_type, before | 2 | 1) ? 1 : 0, 0);
    account.expect("and back", write_msr(msr::ia32_mtrr_def_type, before) ? 1 : 0, 1);
}

/// What a processor without VMX refuses; a processor with VMX shows both.
void check_vmx(Account& account) {
    const bool vmx = has(feature::vmx);
    account.expect("IA32_VMX_BASIC exists as CPUID says", read_msr(msr::ia32_vmx_basic) ? 1 : 0, vmx ? 1 : 0);
    if (const auto control = read_msr(msr::ia32_feature_control); control && (*control & 1) != 0) {
        account.expect("IA32_FEATURE_CONTROL is locked", write_msr(msr::ia32_feature_control, *control) ? 1 : 0, 0);
    }
    account.expect("IA32_VMX_BASIC is written", write_msr(msr::ia32_vmx_basic, 0) ? 1 : 0, 0);
}

void check_absent(Account& account) {
    if (read_msr(0x4000'0000)) {
        return account.skip("this machine lets accesses to unknown registers pass");
    }
    for (const std::uint32_t index : {0x0000'deadU, 0x4000'0000U, 0x8000'0000U, 0xc000'2000U, 0xffff'ffffU}) {
        account.expect("RDMSR of a register that does not exist", read_msr(index) ? index : none, none);
        account.expect("WRMSR of it", write_msr(index, 0) ? index : none, none);
    }
}

/// ECX alone is the index, and the upper halves are 0 afterwards.
void check_registers(Account& account) {
    constexpr std::uint64_t upper = 0xffff'ffff'0000'0000;
    for (const std::uint32_t index : {msr::ia32_pat, msr::ia32_feature_control}) {
        const auto value = read_msr(index);
        if (!value) {
            continue;
        }
        Trial trial = trial_at(place(rdmsr), {upper, upper | index, upper, upper, upper, upper});
        const std::uint64_t begin = trial.rip;
        run(trial);
        account.expect("it completes", completed(trial, begin, rdmsr) ? 1 : 0, 1);
        account.expect("RAX", trial.registers.rax, *value & 0xffff'ffff);
        account.expect("RDX", trial.registers.rdx, *value >> 32);
        account.expect("RCX", trial.registers.rcx, upper | index);
        account.expect("RBX", trial.registers.rbx, upper);
    }
}

constexpr std::array rows{
    Check{"MSRs: what is written stays, what is not allowed faults", check_keep},
    Check{"MSRs: IA32_EFER", check_efer},
    Check{"MSRs: the time-stamp counter", check_time_stamp},
    Check{"MSRs: memory types", check_memory_types},
    Check{"MSRs: VMX as CPUID says", check_vmx},
    Check{"MSRs: those that do not exist fault", check_absent},
    Check{"MSRs: RDMSR writes two registers", check_registers},
};

}  // namespace

const std::span<const Check> msr_checks{rows};

}  // namespace vmxspec::demo
