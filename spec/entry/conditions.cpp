#include "spec/entry/conditions.hpp"

namespace vmxspec::entry {

Bits<8> physical_width(const State& s) {
    const Bits<64> tme = s.msr.tme_activate;
    const Bits<8> key_bits = extend<8>(tme.slice<39, 36>());
    const Bits<8> width = s.processor.maxphyaddr;
    return said(select(s.processor.tme && tme[0] && !s.before.in_seam, width - key_bits, width),
                "the physical-address width");
}

Bool within_physical_width(const State& s, Bits<64> address) {
    const Bits<64> width = extend<64>(physical_width(s));
    return said(select(s.capability.basic.addresses_32_bit, address >> 32, address >> width) == 0,
                "{} is within the physical-address width", address);
}

Bool canonical(const State& s, Bits<64> address) {
    const Bits<64> top = extend<64>(s.processor.linear_width) - 1;
    return said((address >> top) == 0 || (~address >> top) == 0, "{} is canonical", address);
}

Bool upper_bits_identical(const State& s, Bits<64> address) {
    const Bits<64> width = extend<64>(s.processor.linear_width);
    return said((address >> width) == 0 || (~address >> width) == 0,
                "bits of {} from the linear-address width up are identical", address);
}

Bool allowed(Bits<32> word, Bits<64> settings) {
    const Bits<32> must_be_1 = settings.slice<31, 0>();
    const Bits<32> may_be_1 = settings.slice<63, 32>();
    return said((word & must_be_1) == must_be_1 && (word & ~may_be_1) == 0, "{} have the settings that {} allows", word,
                settings);
}

Bits<64> governing(const State& s, Bits<64> plain, Bits<64> true_settings) {
    return said(select(s.capability.basic.true_controls, true_settings, plain),
                "{} (or {} without TRUE capability MSRs)", true_settings, plain);
}

Bool fixed_bits(Bits<64> value, Bits<64> fixed0, Bits<64> fixed1, Bits<64> relevant) {
    return said((~value & fixed0 & relevant) == 0 && (value & ~fixed1 & relevant) == 0,
                "the checked bits of {} ({}) have the values that {} and {} fix", value, relevant, fixed0, fixed1);
}

Bits<64> cr3_address(const State& s, Bits<64> cr3) {
    return said(select(s.processor.lam, cr3 & ~(3ULL << 61), cr3), "{}", cr3);
}

Bool pat_memory_types(Bits<64> pat) {
    // Reserved are 2, 3 and everything above 7: in each byte bits 7:3 are 0, and bit 1 needs bit 2.
    constexpr std::uint64_t each_byte = 0x0101'0101'0101'0101;
    return said((pat & (each_byte * 0xf8)) == 0 && ((pat >> 1) & (~pat >> 2) & each_byte) == 0,
                "each byte of {} is 0, 1, 4, 5, 6 or 7", pat);
}

Bool valid_pdptes(std::initializer_list<Bits<64>> entries, Bits<8> width) {
    constexpr std::uint64_t reserved = 0x1e6;
    Bool all = constant(width.graph(), true);
    for (const Bits<64>& entry : entries)
        all = all && (entry[0] >> ((entry & reserved) == 0 && (entry >> extend<64>(width)) == 0));
    return all;
}

Bits<64> efer_reserved(const State& s) {
    constexpr std::uint64_t sce = 1, lme = 1 << 8, lma = 1 << 10, nxe = 1 << 11;
    const Bits<64> nothing = extend<64>(s.processor.maxphyaddr).same(0);
    const Bits<64> with_intel64 = select(s.processor.intel64, nothing.same(sce | lme | lma), nothing);
    const Bits<64> with_nx = select(s.processor.nx, nothing.same(nxe), nothing);
    return said(~(with_intel64 | with_nx), "the reserved bits of IA32_EFER");
}

}  // namespace vmxspec::entry
