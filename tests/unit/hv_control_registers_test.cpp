// MOV to CR0 and LMSW as the processor does them: SDM volume 3, 2.5 and 5.4.1; volume 2, MOV to control registers.
#include "hv/l1/control_registers.hpp"

#include <catch2/catch.hpp>

namespace vmxspec::hv_control_registers_test {
namespace {

using namespace hv;

constexpr std::uint64_t protected_mode = cr0::pe | cr0::et, paged = protected_mode | cr0::pg;
constexpr ControlState flat{protected_mode, 0, 0, false, false};

constexpr ControlState with(std::uint64_t cr0, std::uint64_t cr4, std::uint64_t efer, bool cs_l = false) {
    return {cr0, cr4, efer, cs_l, false};
}

constexpr bool faults(const ControlState& state, std::uint64_t value) { return load_cr0(state, value).fault; }

}  // namespace

TEST_CASE("values of CR0 that fault, whatever was there", "[hv]") {
    CHECK(faults(flat, cr0::pg | cr0::et));         // PG without PE
    CHECK(faults(flat, protected_mode | cr0::nw));  // NW without CD
    CHECK_FALSE(faults(flat, protected_mode | cr0::nw | cr0::cd));
    CHECK_FALSE(faults(flat, protected_mode | cr0::cd));
    for (unsigned n = 32; n < 64; ++n) CHECK(faults(flat, protected_mode | std::uint64_t{1} << n));
    CHECK(faults(with(paged | cr0::wp, cr4::cet | cr4::pae, 0), paged));  // WP must stay with CET
    CHECK_FALSE(faults(with(paged | cr0::wp, cr4::cet | cr4::pae, 0), paged | cr0::wp));
    CHECK_FALSE(faults(flat, 0));  // back to real mode
}

TEST_CASE("paging begins in IA-32e mode if LME is 1, and wants PAE, CS.L = 0 and no 16-bit TSS then", "[hv]") {
    const Cr0Effect effect = load_cr0(with(protected_mode, cr4::pae, efer::lme), paged);
    CHECK_FALSE(effect.fault);
    CHECK(effect.efer == (efer::lme | efer::lma));
    CHECK_FALSE(effect.load_pdptes);
    CHECK(effect.forget_translations);
    CHECK(faults(with(protected_mode, 0, efer::lme), paged));
    CHECK(faults(with(protected_mode, cr4::pae, efer::lme, true), paged));
    ControlState state = with(protected_mode, cr4::pae, efer::lme);
    state.tss_is_16_bit = true;
    CHECK(faults(state, paged));
    CHECK_FALSE(faults({protected_mode, cr4::pae, 0, true, true}, paged));  // none of it without LME
}

TEST_CASE("paging ends: not in 64-bit mode and not with PCIDs, and LMA is 0 then", "[hv]") {
    const ControlState compatibility = with(paged, cr4::pae, efer::lme | efer::lma);
    const Cr0Effect effect = load_cr0(compatibility, protected_mode);
    CHECK_FALSE(effect.fault);
    CHECK(effect.efer == efer::lme);
    CHECK(effect.forget_translations);
    CHECK(faults(with(paged, cr4::pae, efer::lme | efer::lma, true), protected_mode));
    CHECK(faults(with(paged, cr4::pae | cr4::pcide, efer::lme | efer::lma), protected_mode));
}

TEST_CASE("PDPTEs are loaded with PAE paging, when PG, CD or NW changes", "[hv]") {
    const auto loads = [](std::uint64_t from, std::uint64_t to, std::uint64_t cr4, std::uint64_t efer) {
        return load_cr0(with(from, cr4, efer), to).load_pdptes;
    };
    CHECK(loads(protected_mode, paged, cr4::pae, 0));
    CHECK(loads(paged, paged | cr0::cd, cr4::pae, 0));
    CHECK(loads(paged | cr0::cd | cr0::nw, paged | cr0::cd, cr4::pae, 0));
    CHECK_FALSE(loads(paged, paged | cr0::wp | cr0::ts, cr4::pae, 0));
    CHECK_FALSE(loads(paged, paged | cr0::cd, 0, 0));
    CHECK_FALSE(loads(paged, protected_mode, cr4::pae, 0));
    CHECK_FALSE(loads(paged, paged | cr0::cd, cr4::pae, efer::lme | efer::lma));
}

TEST_CASE("translations are forgotten when PG, PE or WP changes, and not with TS", "[hv]") {
    CHECK(load_cr0(flat, 0).forget_translations);
    CHECK(load_cr0(with(paged, 0, 0), paged | cr0::wp).forget_translations);
    CHECK_FALSE(load_cr0(with(paged, 0, 0), paged | cr0::ts | cr0::mp | cr0::em | cr0::ne).forget_translations);
    CHECK_FALSE(load_cr0(with(paged, 0, 0), paged).forget_translations);
}

TEST_CASE("LMSW loads the low four bits, and does not clear PE", "[hv]") {
    CHECK(loaded_by_lmsw(paged, 0xffff) == (paged | 0xf));
    CHECK(loaded_by_lmsw(paged | cr0::ts | cr0::mp, 0) == paged);
    CHECK(loaded_by_lmsw(cr0::et, 1) == protected_mode);
    CHECK(loaded_by_lmsw(cr0::et, cr0::ts) == (cr0::et | cr0::ts));
}

TEST_CASE("MOV to CR4: what faults", "[hv]") {
    constexpr std::uint64_t supported = cr4::pse | cr4::pae | cr4::pge | cr4::la57 | cr4::vmxe | cr4::pcide | cr4::cet;
    constexpr std::uint64_t in_long_mode = efer::lme | efer::lma;
    const auto faults = [](std::uint64_t cr0, std::uint64_t from, std::uint64_t to, std::uint64_t efer,
                           std::uint64_t cr3) { return load_cr4(with(cr0, from, efer), to, supported, cr3).fault; };
    CHECK_FALSE(faults(paged, 0, cr4::pae | cr4::vmxe, 0, 0));
    CHECK(faults(paged, 0, cr4::smxe, 0, 0));
    CHECK(faults(paged, cr4::pae, 0, in_long_mode, 0));
    CHECK(faults(paged, cr4::pae, cr4::pae | cr4::la57, in_long_mode, 0));
    CHECK_FALSE(faults(paged, cr4::pae, cr4::pae | cr4::pcide, in_long_mode, 0x1000));
    CHECK(faults(paged, cr4::pae, cr4::pae | cr4::pcide, in_long_mode, 0x1001));
    CHECK(faults(paged, cr4::pae, cr4::pae | cr4::pcide, 0, 0));
    CHECK(faults(paged, 0, cr4::cet, 0, 0));
    CHECK_FALSE(faults(paged | cr0::wp, 0, cr4::cet, 0, 0));
}

TEST_CASE("MOV to CR4: PDPTEs and translations", "[hv]") {
    constexpr std::uint64_t all = ~std::uint64_t{0};
    CHECK(load_cr4(with(paged, 0, 0), cr4::pae, all, 0).load_pdptes);
    CHECK(load_cr4(with(paged, cr4::pae, 0), cr4::pae | cr4::pge, all, 0).load_pdptes);
    CHECK_FALSE(load_cr4(with(paged, cr4::pae, 0), cr4::pae | cr4::vmxe, all, 0).load_pdptes);
    CHECK_FALSE(load_cr4(with(protected_mode, 0, 0), cr4::pae, all, 0).load_pdptes);
    CHECK(load_cr4(with(paged, 0, 0), cr4::pge, all, 0).forget_translations);
    CHECK_FALSE(load_cr4(with(paged, 0, 0), cr4::vmxe, all, 0).forget_translations);
}

TEST_CASE("reserved bits of a PDPTE", "[hv]") {
    constexpr unsigned width = 36;
    for (unsigned n = 0; n < 64; ++n) {
        const bool reserved = n == 1 || n == 2 || (n >= 5 && n <= 8) || n >= width;
        INFO("bit " << n);
        CHECK(pdpte_faults(1 | std::uint64_t{1} << n, width) == reserved);
        CHECK_FALSE(pdpte_faults((~std::uint64_t{1}) & std::uint64_t{1} << n, width));  // not present
    }
}

}  // namespace vmxspec::hv_control_registers_test
