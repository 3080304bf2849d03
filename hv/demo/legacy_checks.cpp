/// 32-bit protected mode with each kind of paging, and virtual-8086 mode.
#include <array>

#include "hv/demo/features.hpp"
#include "hv/demo/legacy.hpp"
#include "hv/demo/window.hpp"
#include "runtime/cpu/control_register.hpp"
#include "runtime/memory/address.hpp"

namespace vmxspec::demo {

namespace {

constexpr std::uint32_t ud = 6, gp = 13, pf = 14, db = 1;
constexpr std::uint32_t wp = 1U << 16, pg = 1U << 31, ne = 1U << 5;
constexpr std::uint32_t vendor = 0x756e'6547;  // "Genu", EBX of CPUID leaf 0

enum class Paging : std::uint8_t { none, pages_32, large_32, pages_pae, large_pae };
struct PagingRow {
    std::string_view name;
    Paging kind;
    std::uint32_t cr4;
};
constexpr std::array paging_rows{
    PagingRow{"no paging", Paging::none, 0},
    PagingRow{"32-bit paging", Paging::pages_32, 0},
    PagingRow{"32-bit paging, 4-MiB pages", Paging::large_32, cr4::pse},
    PagingRow{"PAE paging", Paging::pages_pae, cr4::pae},
    PagingRow{"PAE paging, 2-MiB pages", Paging::large_pae, cr4::pae},
};

/// Where the page is with which a check does as it likes.
constexpr std::uint32_t test_linear = 0x0080'0000;

using Table32 = std::array<std::uint32_t, 1024>;
using Table64 = std::array<std::uint64_t, 512>;
alignas(4096) constinit Table32 directory_32{}, low_32{}, test_32{};
alignas(4096) constinit Table64 directory_pae{}, low_pae{}, high_pae{}, test_pae{};
alignas(32) constinit std::array<std::uint64_t, 4> pointers_pae{};
constinit Page target{};

template <class T>
[[nodiscard]] std::uint32_t address(const T& object) {
    return static_cast<std::uint32_t>(reinterpret_cast<std::uint64_t>(&object));
}

constexpr std::uint32_t all = 7, large = 1U << 7, page_size = 4096;

/// The first 4 MiB mapped to themselves, and `target` at `test_linear` with these bits. \return CR3
[[nodiscard]] std::uint32_t build(Paging kind, std::uint32_t test_bits) {
    for (std::uint32_t n = 0; n < low_32.size(); ++n) {
        low_32[n] = n * page_size | all;
        (n < 512 ? low_pae : high_pae)[n % 512] = n * page_size | all;
    }
    test_32[0] = address(target) | test_bits;
    test_pae[0] = address(target) | test_bits;
    directory_32[0] = kind == Paging::large_32 ? all | large : address(low_32) | all;
    directory_32[test_linear >> 22] = address(test_32) | all;
    const bool large_pae = kind == Paging::large_pae;
    directory_pae[0] = large_pae ? all | large : address(low_pae) | all;
    directory_pae[1] = large_pae ? 0x20'0000 | all | large : address(high_pae) | all;
    directory_pae[test_linear >> 21] = address(test_pae) | all;
    pointers_pae[0] = address(directory_pae) | 1;
    return kind == Paging::pages_32 || kind == Paging::large_32 ? address(directory_32) : address(pointers_pae);
}

[[nodiscard]] LegacyTrial trial_of(const PagingRow& paging, std::uint64_t eip, std::uint32_t test_bits = all) {
    LegacyTrial trial = legacy_trial_at(eip);
    if (paging.kind != Paging::none) {
        trial.cr3 = build(paging.kind, test_bits);
        trial.cr0 |= pg;
    }
    trial.cr4 = paging.cr4;
    return trial;
}

/// An instruction and what it raises; EAX, ECX and EDX are its operands.
struct Row {
    std::string_view name;
    Code code;
    std::uint32_t eax, ecx, edx;
    std::uint32_t vector;  ///< 0: nothing
};

// MOV to CR0 gets what CR0 is, with the bits of EAX here turned.
constexpr Code cpuid{0x0f, 0xa2}, mov_cr0{0x0f, 0x22, 0xc0}, mov_cr3{0x0f, 0x22, 0xd8};
constexpr std::array rows{
    Row{"CPUID", cpuid, 0, 0, 0, 0},
    Row{"RDMSR", {0x0f, 0x32}, 0, msr::ia32_sysenter_eip, 0, 0},
    Row{"WRMSR of a bad value", {0x0f, 0x30}, msr::bad_type, msr::ia32_mtrr_def_type, 0, gp},
    Row{"MOV to CR0, NE", mov_cr0, ne, 0, 0, 0},
    Row{"MOV to CR0, NE and TS", mov_cr0, ne | 8, 0, 0, 0},
    Row{"MOV to CR0, NE and NW", mov_cr0, ne | 1U << 29, 0, 0, gp},
    Row{"MOV to CR0, NE and PE", mov_cr0, ne | 1, 0, 0, 0},  // the vector is that of the paging
    Row{"LMSW", {0x0f, 0x01, 0xf0}, 9, 0, 0, 0},             // PE and TS
    Row{"CLTS", {0x0f, 0x06}, 0, 0, 0, 0},
    Row{"VMXOFF", {0x0f, 0x01, 0xc4}, 0, 0, 0, ud},
    Row{"GETSEC", {0x0f, 0x37}, 0, 0, 0, ud},
    Row{"WBINVD", {0x0f, 0x09}, 0, 0, 0, 0},
};

constexpr Code two_nops{0x90, 0x90};

/// Each instruction under each paging, in single steps.
void check_protected(Account& account) {
    for (const PagingRow& paging : paging_rows) {
        for (const Row& row : rows) {
            const bool leaves = row.name == "MOV to CR0, NE and PE";
            if (leaves && paging.kind == Paging::none) {
                continue;  // it would go to real mode
            }
            const std::uint64_t begin = place(row.code + two_nops);
            LegacyTrial trial = trial_of(paging, begin);
            trial.eflags |= rflags_tf;
            trial.eax = row.code.bytes[1] == 0x22 ? trial.cr0 ^ row.eax : row.eax;
            trial.ecx = row.ecx;
            trial.edx = row.edx;
            run(trial);
            const auto at = static_cast<std::uint32_t>(begin);
            const auto behind = static_cast<std::uint32_t>(begin + row.code.size);
            const std::uint32_t vector = leaves ? gp : row.vector;
            const std::array completes{LegacyExpected{db, behind}, LegacyExpected{db, behind + 1},
                                       LegacyExpected{db, behind + 2}, LegacyExpected{ud, behind + 2}};
            const std::array faults{LegacyExpected{vector, at}};
            compare(account, row.name, trial,
                    vector == 0 ? std::span<const LegacyExpected>{completes} : std::span<const LegacyExpected>{faults});
            if (account.failed()) {
                account.expect(paging.name, 0, 1);
                return;
            }
        }
        LegacyTrial trial = trial_of(paging, place(cpuid));
        trial.eax = 0x8000'0001;
        run(trial);
        account.expect("SYSCALL outside of 64-bit mode", trial.edx >> feature::syscall.bit & 1, 0);
    }
}

struct FaultRow {
    std::string_view name;
    std::uint32_t bits;  ///< of the page
    bool write;
    std::uint32_t cr0;  ///< besides
    std::uint32_t error_code;
    bool faults;
};
constexpr std::array fault_rows{
    FaultRow{"read of no page", 0, false, 0, 0, true},
    FaultRow{"write to no page", 0, true, 0, 2, true},
    FaultRow{"read of a read-only page", 1, false, wp, 0, false},
    FaultRow{"write to a read-only page, WP = 1", 1, true, wp, 3, true},
    FaultRow{"write to a read-only page, WP = 0", 1, true, 0, 0, false},
    FaultRow{"write to a user's read-only page, WP = 1", 5, true, wp, 3, true},
    FaultRow{"write to a user's read-only page, WP = 0", 5, true, 0, 0, false},
    FaultRow{"write to a writable page", 3, true, wp, 0, false},
};

/// CPUID in front: what follows a VM exit has the same pages.
void check_page_faults(Account& account) {
    constexpr Code load{0x0f, 0xa2, 0x8a, 0x06}, store{0x0f, 0xa2, 0x88, 0x06};  // (ESI)
    constexpr std::uint32_t offset = 0x345;
    for (const PagingRow& paging : paging_rows) {
        if (paging.kind == Paging::none) {
            continue;
        }
        for (const FaultRow& row : fault_rows) {
            const std::uint64_t begin = place(row.write ? store : load);
            LegacyTrial trial = trial_of(paging, begin, row.bits);
            trial.cr0 = (trial.cr0 & ~wp) | row.cr0;
            trial.esi = test_linear + offset;
            target.bytes[offset] = 0xaa;
            run(trial);
            const LegacyEvent& end = trial.last();
            const bool as_wanted =
                row.faults ? end.vector == pf && end.error_code == row.error_code && end.cr2 == test_linear + offset
                           : end.vector == ud;
            const volatile std::uint8_t& byte = target.bytes[offset];
            const bool written = byte != 0xaa;
            if (!as_wanted || written != (row.write && !row.faults)) {
                account.expect(paging.name, 0, 1);
                account.expect(row.name, end.vector, row.faults ? pf : ud);
                account.expect("  error code", end.error_code, row.error_code);
                account.expect("  CR2", end.cr2, test_linear + offset);
                account.expect("  written", written ? 1 : 0, row.write && !row.faults ? 1 : 0);
            }
        }
    }
}

/// MOV to CR3 and to CR0 load the PDPTEs, and #GP if one has a reserved bit.
void check_pdptes(Account& account) {
    alignas(32) static constinit std::array<std::uint64_t, 4> bad{};
    constexpr PagingRow pae{"PAE paging", Paging::pages_pae, cr4::pae};
    for (const std::uint64_t reserved : {std::uint64_t{2}, std::uint64_t{0x20}, std::uint64_t{1} << 52}) {
        LegacyTrial trial = trial_of(pae, place(mov_cr3));
        bad = pointers_pae;
        bad[3] = 1 | reserved;
        trial.eax = address(bad);
        const std::uint32_t begin = trial.eip;
        run(trial);
        account.expect("MOV to CR3", trial.last().vector, gp);
        account.expect("it points to", trial.last().eip, begin);
    }
    // PDPTEs in memory change, and MOV to CR0 that changes CD, and NE with it, looks at them.
    constexpr std::uint32_t cd = 1U << 30;
    for (const std::uint32_t bit : {cd, cd | ne}) {
        for (const bool good : {true, false}) {
            LegacyTrial trial = trial_of(pae, place(Code{0x89, 0x1e} + mov_cr0 + Code{0x89, 0xc8} + mov_cr0));
            bad = pointers_pae;
            trial.cr3 = address(bad);
            trial.ecx = trial.cr0;  // MOV (ESI), EBX; MOV CR0, EAX; MOV EAX, ECX; MOV CR0, EAX
            trial.eax = trial.cr0 ^ bit;
            trial.esi = address(bad[2]);
            trial.ebx = good ? address(directory_pae) | 1 : 3;
            run(trial);
            account.expect(good ? "MOV to CR0 with good PDPTEs" : "MOV to CR0 with bad PDPTEs", trial.last().vector,
                           good ? ud : gp);
        }
    }
    // MOV to CR0 that turns paging on, and NE: the code goes on by PDPTEs that were in no register before.
    LegacyTrial trial = trial_of(pae, place(mov_cr0));
    trial.eax = trial.cr0 ^ ne;
    trial.cr0 &= ~pg;
    run(trial);
    account.expect("MOV to CR0 that turns paging on", trial.last().vector, ud);
    account.expect("events", trial.count, 1);
}

/// A trial in virtual-8086 mode, with code in low memory.
[[nodiscard]] LegacyTrial virtual_8086(const PagingRow& paging, const Code& code) {
    __builtin_memcpy(LowMemory::low(0), code.bytes.data(), code.size);
    LowMemory::low(0)[code.size] = 0x0f;
    LowMemory::low(0)[code.size + 1] = 0x0b;
    LegacyTrial trial = trial_of(paging, 0);
    trial.cs = trial.ss = trial.ds = trial.es = trial.fs = trial.gs = low_base >> 4;
    trial.esp = 0xf00;
    trial.eflags = rflags_always | eflags_vm;
    return trial;
}

constexpr std::array virtual_8086_rows{
    Row{"CPUID", cpuid, 0, 0, 0, 0},
    Row{"RDTSC", {0x0f, 0x31}, 0, 0, 0, 0},
    Row{"RDMSR", {0x0f, 0x32}, 0, msr::ia32_sysenter_eip, 0, gp},
    Row{"MOV to CR0", mov_cr0, 0, 0, 0, gp},
    Row{"CLTS", {0x0f, 0x06}, 0, 0, 0, gp},
    Row{"VMXOFF", {0x0f, 0x01, 0xc4}, 0, 0, 0, ud},
    Row{"HLT", {0xf4}, 0, 0, 0, gp},
    Row{"INT 21H with IOPL 0", {0xcd, 0x21}, 0, 0, 0, gp},
    Row{"CLI with IOPL 0", {0xfa}, 0, 0, 0, gp},
};

void check_virtual_8086(Account& account) {
    const LowMemory low_memory;
    for (const PagingRow& paging : {paging_rows[0], paging_rows[1], paging_rows[3]}) {
        for (const Row& row : virtual_8086_rows) {
            LegacyTrial trial = virtual_8086(paging, row.code + two_nops);
            trial.eflags |= rflags_tf;
            trial.eax = row.eax;
            trial.ecx = row.ecx;
            trial.edx = row.edx;
            run(trial);
            const auto behind = static_cast<std::uint32_t>(row.code.size);
            const std::array completes{LegacyExpected{db, behind}, LegacyExpected{db, behind + 1},
                                       LegacyExpected{db, behind + 2}, LegacyExpected{ud, behind + 2}};
            const std::array faults{LegacyExpected{row.vector, 0}};
            compare(
                account, row.name, trial,
                row.vector == 0 ? std::span<const LegacyExpected>{completes} : std::span<const LegacyExpected>{faults});
            account.expect("EFLAGS.VM where it came from", trial.last().eflags & eflags_vm, eflags_vm);
            account.expect("CS", trial.last().cs, low_base >> 4);
        }
        LegacyTrial trial = virtual_8086(paging, cpuid);
        run(trial);
        account.expect("EBX by CPUID", trial.ebx, vendor);
    }
}

constexpr std::array checks{
    Check{"32-bit mode: instructions under each paging, in single steps", check_protected},
    Check{"32-bit mode: #PF under each paging, with and without CR0.WP", check_page_faults},
    Check{"32-bit mode: PDPTEs", check_pdptes},
    Check{"virtual-8086 mode: instructions, in single steps", check_virtual_8086},
};

}  // namespace

const std::span<const Check> legacy_checks{checks};

}  // namespace vmxspec::demo
