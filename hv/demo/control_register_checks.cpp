/// MOV to CR0 and CR4, CLTS and LMSW, and XSETBV: what is taken, what faults.
#include <array>

#include "hv/demo/check.hpp"
#include "hv/demo/features.hpp"
#include "hv/demo/trial.hpp"
#include "runtime/cpu/control_register.hpp"

namespace vmxspec::demo {

namespace {

using runtime::read_cr0;
using runtime::read_cr4;

constexpr std::uint64_t general_protection = 13, invalid_opcode = 6;
constexpr Code mov_rax_cr0{0x0f, 0x22, 0xc0}, mov_r8_cr0{0x49, 0x89, 0xc0, 0x41, 0x0f, 0x22, 0xc0};
constexpr Code mov_rsp_cr0{0x48, 0x94, 0x0f, 0x22, 0xc4, 0x48, 0x94};  // XCHG RAX, RSP around it
constexpr Code mov_rax_cr4{0x0f, 0x22, 0xe0};
constexpr Code clts{0x0f, 0x06}, lmsw_ax{0x0f, 0x01, 0xf0}, lmsw_memory{0x0f, 0x01, 0x36};  // (RSI)
constexpr Code xsetbv{0x0f, 0x01, 0xd1};

void check_cr0(Account& account) {
    const std::uint64_t before = read_cr0();
    // NE is what VMX fixes: L1 sees the value that it has written.
    for (const std::uint64_t bit : {cr0::ne, cr0::mp, cr0::em, cr0::ts, cr0::wp}) {
        for (const Code& code : {mov_rax_cr0, mov_r8_cr0, mov_rsp_cr0}) {
            account.expect("a bit is turned", vector_of(code, {before ^ bit, 0, 0, 0, 0, 0}), none);
            static_cast<void>(runtime::cpuid(0));
            account.expect("it stays so", read_cr0(), before ^ bit);
            account.expect("it is turned back", vector_of(code, {before, 0, 0, 0, 0, 0}), none);
        }
    }
    account.expect("ET can't be cleared", vector_of(mov_rax_cr0, {before & ~cr0::et, 0, 0, 0, 0, 0}), none);
    account.expect("it reads 1", read_cr0(), before);
}

/// Caching off, with NE turned on the way: a VM exit while it is off.
void check_cache(Account& account) {
    const std::uint64_t before = read_cr0();
    for (const std::uint64_t value : {before | cr0::cd, before | cr0::cd | cr0::nw, (before | cr0::cd) ^ cr0::ne,
                                      (before | cr0::cd | cr0::nw) ^ cr0::ne, before | cr0::cd, before}) {
        account.expect("MOV to CR0", vector_of(mov_rax_cr0, {value, 0, 0, 0, 0, 0}), none);
        static_cast<void>(runtime::cpuid(0));
        account.expect("it stays so", read_cr0(), value);
    }
}

void check_cr0_faults(Account& account) {
    const std::uint64_t before = read_cr0();
    const std::array refused{before & ~cr0::pe,
                             before & ~cr0::pg,  // in 64-bit mode
                             (before & ~cr0::cd) | cr0::nw,
                             (before & ~cr0::pe) ^ cr0::ne,
                             (before & ~cr0::pg) ^ cr0::ne,
                             ((before & ~cr0::cd) | cr0::nw) ^ cr0::ne,
                             before | std::uint64_t{1} << 32,
                             (before | std::uint64_t{1} << 63) ^ cr0::ne};
    for (const std::uint64_t value : refused) {
        account.expect("MOV to CR0 of such a value", vector_of(mov_rax_cr0, {value, 0, 0, 0, 0, 0}),
                       general_protection);
        account.expect("it is as before", read_cr0(), before);
    }
    // Bits below 32 that have no meaning are ignored.
    account.expect("bits without a meaning", vector_of(mov_rax_cr0, {before | 1U << 10 | 1U << 28, 0, 0, 0, 0, 0}),
                   none);
    account.expect("they read 0", read_cr0(), before);
}

void check_status_word(Account& account) {
    static constinit std::uint16_t word = 0;
    const std::uint64_t before = read_cr0();
    runtime::write_cr0(before | cr0::ts);
    account.expect("CLTS", vector_of(clts), none);
    account.expect("TS", read_cr0(), before & ~cr0::ts);
    const std::uint64_t changed = (before ^ cr0::ts ^ cr0::em) & 0xffff;
    account.expect("LMSW of a register", vector_of(lmsw_ax, {changed & ~cr0::pe, 0, 0, 0, 0, 0}), none);
    account.expect("PE can't be cleared by it", read_cr0(), before ^ cr0::ts ^ cr0::em);
    word = static_cast<std::uint16_t>(before);
    account.expect("LMSW of memory", vector_of(lmsw_memory, {0, 0, 0, 0, reinterpret_cast<std::uint64_t>(&word), 0}),
                   none);
    account.expect("CR0", read_cr0(), before);
    runtime::write_cr0(before);
}

/// Bits of CR4 with the feature that they come with.
struct Cr4Row {
    unsigned bit;
    const Feature* feature;
};
constexpr std::array cr4_rows{
    Cr4Row{12, &feature::la57}, Cr4Row{13, &feature::vmx},   Cr4Row{14, &feature::smx},  Cr4Row{16, &feature::fsgsbase},
    Cr4Row{17, &feature::pcid}, Cr4Row{18, &feature::xsave}, Cr4Row{20, &feature::smep}, Cr4Row{21, &feature::smap},
    Cr4Row{22, &feature::pku},  Cr4Row{24, &feature::pks},
};

/// Each bit alone: it is taken where CPUID shows its feature, and #GP where not. SMEP, SMAP and the like are turned off
/// at once: this code runs on pages that are also the user's.
void check_cr4(Account& account) {
    constexpr unsigned la57 = 12, cet = 23;
    const std::uint64_t before = read_cr4();
    for (unsigned bit = 0; bit < 64; ++bit) {
        const std::uint64_t value = before | std::uint64_t{1} << bit;
        bool taken = bit < 11;  // VME, PVI, TSD, DE, PSE, PAE, MCE, PGE, PCE, OSFXSR, OSXMMEXCPT
        bool known = bit < 11 || bit > 24 || bit == 15 || bit == 19;
        for (const Cr4Row& row : cr4_rows) {
            if (row.bit == bit) {
                known = true;
                taken = has(*row.feature);
            }
        }
        // LA57 can't be changed in 64-bit mode. What comes behind bit 24, UMIP and CET are not for this table.
        if (!known || bit == la57 || bit == 11 || bit == cet || (bit > 24 && bit < 32)) {
            continue;
        }
        const std::uint64_t vector = vector_of(mov_rax_cr4, {value, 0, 0, 0, 0, 0});
        const std::uint64_t now = read_cr4();
        runtime::write_cr4(before);
        if ((before >> bit & 1) == 0 &&
            (vector != (taken ? none : general_protection) || now != (taken ? value : before))) {
            account.expect("bit", bit, none);
            account.expect("  MOV to CR4", vector, taken ? none : general_protection);
            account.expect("  CR4", now, taken ? value : before);
        }
    }
    account.expect("PAE is cleared in 64-bit mode", vector_of(mov_rax_cr4, {before & ~cr4::pae, 0, 0, 0, 0, 0}),
                   general_protection);
    account.expect("CR4", read_cr4(), before);
}

struct XsetbvRow {
    std::uint64_t index, value;
    bool taken;
};
constexpr std::array xsetbv_rows{
    XsetbvRow{0, 1, true},
    XsetbvRow{0, 3, true},
    XsetbvRow{0, 0, false},
    XsetbvRow{0, 2, false},
    XsetbvRow{0, 5, false},
    XsetbvRow{0, 1 | std::uint64_t{1} << 63, false},
    XsetbvRow{1, 1, false},
    XsetbvRow{2, 1, false},
    XsetbvRow{0xffff'ffff, 1, false},
    XsetbvRow{0, 1 | 1U << 30, false},
};

[[nodiscard]] std::uint64_t xcr0() {
    std::uint32_t low, high;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return std::uint64_t{high} << 32 | low;
}

void check_xsetbv(Account& account) {
    if (!has(feature::xsave)) {
        return account.expect("XSETBV without XSAVE", vector_of(xsetbv, {1, 0, 0, 0, 0, 0}), invalid_opcode);
    }
    const std::uint64_t before = read_cr4();
    account.expect("XSETBV with CR4.OSXSAVE = 0", vector_of(xsetbv, {1, 0, 0, 0, 0, 0}), invalid_opcode);
    runtime::write_cr4(before | cr4::osxsave);
    std::uint64_t current = xcr0();
    for (const XsetbvRow& row : xsetbv_rows) {
        const std::uint64_t vector = vector_of(xsetbv, {row.value & 0xffff'ffff, row.index, row.value >> 32, 0, 0, 0});
        account.expect("XSETBV", vector, row.taken ? none : general_protection);
        current = row.taken ? row.value : current;
        account.expect("XCR0", xcr0(), current);
    }
    runtime::write_cr4(before);
}

constexpr std::array rows{
    Check{"CR0: bits", check_cr0},
    Check{"CR0: caching", check_cache},
    Check{"CR0: what faults", check_cr0_faults},
    Check{"CR0: CLTS and LMSW", check_status_word},
    Check{"CR4: each bit as CPUID says", check_cr4},
    Check{"XSETBV", check_xsetbv},
};

}  // namespace

const std::span<const Check> control_register_checks{rows};

}  // namespace vmxspec::demo
