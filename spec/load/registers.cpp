#include "spec/load/registers.hpp"

namespace vmxspec::load {

namespace {

/// CR0 bits that a VM entry never modifies: ET, reserved bits 15:6, 17 and 28:19, NW and CD.
constexpr std::uint64_t unmodified_cr0 =
    1ULL << 4 | 0x3ffULL << 6 | 1ULL << 17 | 0x3ffULL << 19 | 1ULL << 29 | 1ULL << 30;

Bits<64> loaded_cr0(const State& s) { return (s.guest.cr0 & ~unmodified_cr0) | (s.before.cr0 & unmodified_cr0); }

/// Without "load IA32_EFER" the entry sets LMA to "IA-32e mode guest", and LME too if it establishes CR0.PG = 1.
Bits<64> loaded_efer(const State& s) {
    constexpr std::uint64_t lme = 1 << 8, lma = 1 << 10;
    const Bits<64> before = s.before.efer;
    const Bits<64> modified = select(s.guest.cr0.pg, before.same(lme | lma), before.same(lma));
    const Bits<64> setting = only_if(s.control.entry.ia32e_mode_guest, modified);
    const Bits<64> implicit = select(s.processor.intel64, (before & ~modified) | setting, before);
    return select<64>(s.control.entry.load_efer, s.guest.efer, implicit);
}

}  // namespace

Registers registers(const State& s) {
    return {Word<64, Cr0>{said(loaded_cr0(s), "CR0 as the entry establishes it")}, Word<64, Cr4>{s.guest.cr4},
            Word<64, Efer>{said(loaded_efer(s), "IA32_EFER as the entry establishes it")}};
}

}  // namespace vmxspec::load
