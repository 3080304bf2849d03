// Rows of the nested translation against cases made by hand from the manual's words, on the generated header, which is
// proven equal to the specification.
#include "vmxspec/generated/nested_translation.hpp"

#include <catch2/catch.hpp>

#include <map>

namespace vmxspec::nested_test {
namespace {

namespace code = generated;
using Word = std::uint64_t;

constexpr Word bit(unsigned n) { return Word{1} << n; }
constexpr Word may(Word bits) { return bits << 32; }

/// A real processor that can do everything, and a VMCS01 as hv makes it.
code::Level0<Word> level0() {
    code::Level0<Word> l0;
    constexpr Word all = 0xffff'ffff;
    l0.real_basic = bit(54) | bit(55) | bit(49) | 0x1000ULL << 32 | 6ULL << 50 | 0x12;
    l0.real_pin = l0.real_true_pin = may(all) | 0x16;
    l0.real_proc = may(all) | 0x0401e172;
    l0.real_true_proc = may(all) | 0x04006172;
    l0.real_exit = l0.real_true_exit = may(all) | 0x36dfb;
    l0.real_entry = l0.real_true_entry = may(all) | 0x11fb;
    l0.real_proc2 = may(all);
    l0.real_misc = all;
    l0.real_cr4_fixed0 = bit(13);
    l0.real_cr4_fixed1 = all;
    l0.real_ept_vpid = ~Word{0};
    l0.vmcs01_control_pin = 0x16 | bit(3) | bit(5);
    l0.vmcs01_control_proc = 0x04006172 | bit(28) | bit(31);
    l0.vmcs01_control_proc2 = bit(1) | bit(3) | bit(5) | bit(7);
    l0.vmcs01_control_exit = 0x36dfb | bit(2) | bit(9) | bit(18) | bit(19) | bit(20) | bit(21);
    l0.vmcs01_control_entry = 0x11fb | bit(2) | bit(9) | bit(14) | bit(15);
    l0.vmcs01_guest_dr7 = 0x455;
    l0.vmcs01_guest_debugctl = 1;
    l0.vmcs01_guest_pat = 0x7040600070406;
    l0.eptp = 0x7000'001e;
    l0.vpid = 2;
    return l0;
}

template <class Each>
std::map<std::uint32_t, Word> changed(Each each) {
    std::map<std::uint32_t, Word> values;
    each([&](std::uint32_t encoding, bool changes, Word value) {
        if (changes) values[encoding] = value;
    });
    return values;
}

}  // namespace

TEST_CASE("control words are L1's with what L0 needs", "[nested]") {
    const auto l0 = level0();
    code::Vmcs12<Word> s;
    s.control_pin = 0x16 | bit(0);
    CHECK(code::vmcs02::control_pin(s, l0) == (0x16 | bit(0) | bit(3) | bit(5)));
    s.control_proc = 0x04006172 | bit(7);
    s.control_proc2 = bit(7);  // without effect, for secondary controls are not activated
    CHECK(code::vmcs02::control_proc(s, l0) == (0x04006172 | bit(7) | bit(31)));
    CHECK(code::vmcs02::control_proc2(s, l0) == (bit(1) | bit(5)));
    s.control_proc |= bit(31);
    CHECK(code::vmcs02::control_proc2(s, l0) == (bit(1) | bit(5) | bit(7)));
    s.control_exit = 0x36dfb | bit(15) | bit(12);  // a 32-bit L1 that acknowledges interrupts
    CHECK(code::vmcs02::control_exit(s, l0) == (l0.vmcs01_control_exit | bit(15)));
    s.control_pin |= bit(6);
    CHECK(code::vmcs02::control_exit(s, l0) == (l0.vmcs01_control_exit | bit(15) | bit(22)));
    s.control_entry = 0x11fb | bit(13);
    CHECK(code::vmcs02::control_entry(s, l0) == (l0.vmcs01_control_entry & ~bit(9)));
}

TEST_CASE("exceptions, masks and shadows are composed", "[nested]") {
    auto l0 = level0();
    code::Vmcs12<Word> s;
    s.control_exception_bitmap = bit(14) | bit(6);
    s.control_page_fault_mask = 1;
    l0.vmcs01_control_exception_bitmap = bit(18);
    CHECK(code::vmcs02::control_exception_bitmap(s, l0) == (bit(6) | bit(14) | bit(18)));
    CHECK(code::vmcs02::control_page_fault_mask(s, l0) == 1);
    l0.vmcs01_control_exception_bitmap = bit(14);
    CHECK(code::vmcs02::control_page_fault_mask(s, l0) == 0);

    s.control_cr4_mask = bit(13);
    s.control_cr4_shadow = bit(5) | bit(4);
    s.guest_cr4 = bit(13) | bit(5) | bit(7);
    CHECK(code::vmcs02::control_cr4_mask(s, l0) == (bit(13) | bit(14)));
    CHECK(code::vmcs02::control_cr4_shadow(s, l0) == (bit(5) | bit(7)));
    CHECK(code::vmcs02::guest_cr4(s, l0) == s.guest_cr4);
}

TEST_CASE("L2's time is VMCS12's", "[nested]") {
    auto l0 = level0();
    code::Vmcs12<Word> s;
    s.control_tsc_offset = 0x100;
    s.control_tsc_multiplier = 0x200;
    CHECK(code::vmcs02::control_tsc_offset(s, l0) == 0x100);
    CHECK(code::vmcs02::control_tsc_multiplier(s, l0) == 0x200);
    s.control_proc = bit(3) | bit(31);
    s.control_proc2 = bit(25);
    CHECK((code::vmcs02::control_proc(s, l0) & bit(3)) != 0);
    CHECK((code::vmcs02::control_proc2(s, l0) & bit(25)) != 0);

    CHECK((code::offered::capability_proc2(l0) & may(bit(25))) != 0);
    CHECK(code::offered::has_control_tsc_multiplier(l0));
    CHECK(code::offered::capability_vmcs_enum(l0) == 0x32);
    l0.real_proc2 &= ~may(bit(25));
    CHECK((code::offered::capability_proc2(l0) & may(bit(25))) == 0);
    CHECK_FALSE(code::offered::has_control_tsc_multiplier(l0));
    CHECK(code::offered::capability_vmcs_enum(l0) == 0x2e);
}

TEST_CASE("what VMCS12 does not load is L1's", "[nested]") {
    const auto l0 = level0();
    code::Vmcs12<Word> s;
    s.processor_intel64 = true;
    s.guest_dr7 = 0x400;
    s.guest_debugctl = 2;
    s.guest_pat = 0x6;
    CHECK(code::vmcs02::guest_dr7(s, l0) == 0x455);
    CHECK(code::vmcs02::guest_debugctl(s, l0) == 1);
    CHECK(code::vmcs02::guest_pat(s, l0) == 0x7040600070406);
    s.guest_rflags = bit(8);
    s.guest_interruptibility = bit(1);  // BS of the pending debug exceptions was judged by BTF of the field
    CHECK(code::vmcs02::guest_debugctl(s, l0) == 3);
    s.control_entry = bit(2) | bit(14);
    CHECK(code::vmcs02::guest_dr7(s, l0) == 0x400);
    CHECK(code::vmcs02::guest_debugctl(s, l0) == 2);
    CHECK(code::vmcs02::guest_pat(s, l0) == 0x6);

    // The recorded failure: L1 has D01H, the entry establishes CR0.PG = 1 and leaves IA-32e mode.
    s.before_efer = 0xd01;
    s.guest_cr0 = 0x8001'0035;
    CHECK(code::vmcs02::guest_efer(s, l0) == 0x801);
    s.guest_cr0 = 0x35;
    CHECK(code::vmcs02::guest_efer(s, l0) == 0x901);
    s.control_entry |= bit(15);
    s.guest_efer = 0x800;
    CHECK(code::vmcs02::guest_efer(s, l0) == 0x800);
}

TEST_CASE("an injected NMI blocks NMIs by itself; PDPTEs of memory go into the fields", "[nested]") {
    const auto l0 = level0();
    code::Vmcs12<Word> s;
    s.guest_interruptibility = bit(3);
    CHECK(code::vmcs02::guest_interruptibility(s, l0) == bit(3));
    s.control_injected_event = bit(31) | 0x202;
    CHECK(code::vmcs02::guest_interruptibility(s, l0) == 0);
    s.guest_pdpte2 = 0x2001;
    s.memory_pdpte2 = 0x3001;
    CHECK(code::vmcs02::guest_pdpte2(s, l0) == 0x3001);
    s.control_proc = bit(31);
    s.control_proc2 = bit(1);
    CHECK(code::vmcs02::guest_pdpte2(s, l0) == 0x2001);
}

TEST_CASE("addresses and areas of VMCS02 are L0's", "[nested]") {
    const auto l0 = level0();
    code::Vmcs12<Word> s;
    s.control_eptp = s.control_msr_bitmap = s.control_entry_msr_load = s.guest_link_pointer = 0x1234'5000;
    s.control_vpid = 9;
    s.control_entry_msr_load_count = 3;
    CHECK(code::vmcs02::control_eptp(s, l0) == 0x7000'001e);
    CHECK(code::vmcs02::control_vpid(s, l0) == 2);
    CHECK(code::vmcs02::control_msr_bitmap(s, l0) == l0.msr_bitmap);
    CHECK(code::vmcs02::control_entry_msr_load(s, l0) == 0);
    CHECK(code::vmcs02::control_entry_msr_load_count(s, l0) == 0);
    CHECK(code::vmcs02::guest_link_pointer(s, l0) == ~Word{0});
}

TEST_CASE("what L1 is offered", "[nested]") {
    auto l0 = level0();
    const Word basic = code::offered::capability_basic(l0);
    CHECK((basic & bit(49)) == 0);                                     // no dual-monitor treatment
    CHECK((basic >> 32 & 0x1fff) == 4096);                             // region size
    CHECK((basic & 0x7fff'ffff) == 0x564d'5801);                       // a format of its own
    CHECK((code::offered::capability_proc2(l0) & may(bit(13))) == 0);  // no VM functions
    CHECK((code::offered::capability_proc2(l0) & may(bit(1))) != 0);
    CHECK(static_cast<std::uint32_t>(code::offered::capability_true_proc(l0)) == 0x04006172);
    CHECK((code::offered::capability_proc(l0) >> 32) == (code::offered::capability_true_proc(l0) >> 32));
    CHECK((code::offered::capability_cr4_fixed1(l0) & bit(14)) == 0);
    CHECK(code::offered::capability_vmfunc(l0) == 0);
    CHECK((code::offered::capability_misc(l0) & (bit(8) | bit(14))) == 0);

    CHECK((code::offered::capability_entry(l0) & may(bit(14))) != 0);
    l0.vmcs01_control_entry &= ~bit(14);  // L0 does not switch IA32_PAT
    CHECK((code::offered::capability_entry(l0) & may(bit(14))) == 0);
    CHECK((code::offered::capability_exit(l0) & may(bit(18) | bit(19))) == 0);

    CHECK((code::offered::capability_pin(l0) & may(bit(6))) != 0);
    CHECK(code::offered::has_guest_preemption_timer(l0));
    l0.real_exit = l0.real_true_exit &= ~may(bit(22));  // the timer's value can't be saved
    CHECK((code::offered::capability_pin(l0) & may(bit(6))) == 0);
    CHECK_FALSE(code::offered::has_guest_preemption_timer(l0));
}

TEST_CASE("what an exit of L2 saves into VMCS12", "[nested]") {
    const auto l0 = level0();
    code::Vmcs12<Word> s;
    code::ExitedVmcs02<Word> v;
    const code::ExitState<Word> x;
    const auto saved = [&] { return changed([&](auto visit) { code::saved::each_field(s, l0, v, x, visit); }); };
    s.control_injected_event = bit(31) | 0x30e;
    s.capability_misc = bit(5);
    v.guest_efer = 0x500;
    v.guest_rip = 0x1000;
    v.information_exit_reason = 10;
    auto values = saved();
    CHECK(values.at(0x4016) == 0x30e);   // the event is no longer valid
    CHECK(values.at(0x4012) == bit(9));  // "IA-32e mode guest" is LMA
    CHECK(values.at(0x681e) == 0x1000);
    CHECK(values.at(0x4402) == 10);
    for (const std::uint32_t field : {0x2806U, 0x2804U, 0x2802U, 0x681aU, 0x280aU, 0x482eU})
        CHECK_FALSE(values.contains(field));
    s.control_exit = bit(2) | bit(18) | bit(20) | bit(22);
    s.control_proc = bit(31);
    s.control_proc2 = bit(1);
    values = saved();
    for (const std::uint32_t field : {0x2806U, 0x2804U, 0x2802U, 0x681aU, 0x280aU, 0x482eU})
        CHECK(values.contains(field));
    CHECK(values.at(0x2806) == 0x500);
    CHECK_FALSE(values.contains(0x2800));  // the link pointer is not changed
}

TEST_CASE("L1 after an exit of L2", "[nested]") {
    const auto l0 = level0();
    code::Vmcs12<Word> s;
    code::ExitedVmcs02<Word> v;
    code::ExitState<Word> x;
    s.processor_intel64 = true;
    s.processor_maxphyaddr = 40;
    s.processor_linear_width = 48;
    s.host_cs_selector = 8;
    s.host_cr4 = bit(13) | bit(17);
    v.guest_efer = 0xd01;
    v.guest_pat = 0x77;
    v.guest_interruptibility = bit(3) | bit(0);
    const auto l1 = [&] { return changed([&](auto visit) { code::l1::each_field(s, l0, v, x, visit); }); };
    auto values = l1();
    CHECK(values.at(0x6820) == 2);        // RFLAGS
    CHECK(values.at(0x681a) == 0x400);    // DR7
    CHECK(values.at(0x4816) == 0xc09b);   // CS of a 32-bit host
    CHECK(values.at(0x2806) == 0x801);    // LMA and LME are "host address-space size"
    CHECK(values.at(0x6804) == bit(13));  // CR4.PCIDE is cleared for a 32-bit host
    CHECK(values.at(0x6006) == bit(13));  // and L1 reads so
    CHECK(values.at(0x2804) == 0x77);     // IA32_PAT stays
    CHECK((values.at(0x4012) & bit(9)) == 0);
    CHECK(values.at(0x4824) == bit(3));  // NMIs stay blocked without virtual NMIs
    s.control_pin = bit(5);
    CHECK(l1().at(0x4824) == 0);  // virtual NMIs are L2's own
    x.by_nmi = true;
    CHECK(l1().at(0x4824) == bit(3));
    s.control_exit = bit(9) | bit(19);
    s.host_pat = 0x606;
    values = l1();
    CHECK(values.at(0x4816) == 0xa09b);
    CHECK(values.at(0x2806) == 0xd01);
    CHECK(values.at(0x2804) == 0x606);
    CHECK((values.at(0x4012) & bit(9)) != 0);
}

TEST_CASE("which rows read a field, and MSRs that a field holds", "[nested]") {
    using code::vmcs02::Row;
    int rows = 0;
    code::vmcs02::rows_reading(0x6804).each([&](Row) { ++rows; });
    CHECK(rows == 2);
    CHECK(code::vmcs02::rows_reading(0x6804).contains(Row::guest_cr4));
    CHECK(code::vmcs02::rows_reading(0x6804).contains(Row::control_cr4_shadow));
    CHECK(code::vmcs02::rows_reading(0x201a).empty());
    CHECK(code::vmcs02::rows_reading_others().contains(Row::control_eptp));
    CHECK_FALSE(code::vmcs02::rows_reading_others().contains(Row::guest_rip));
    auto l0 = level0();
    CHECK(code::vmcs02::existing_rows(l0).contains(Row::control_tsc_multiplier));
    l0.real_proc2 = may(bit(1));
    CHECK_FALSE(code::vmcs02::existing_rows(l0).contains(Row::control_tsc_multiplier));
    CHECK(code::field_of_msr(0xc0000080) == 0x2806);
    CHECK(code::field_of_msr(0x277) == 0x2804);
    CHECK(code::field_of_msr(0xc0000102) == 0);
}

}  // namespace vmxspec::nested_test
