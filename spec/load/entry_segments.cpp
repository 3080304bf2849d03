#include "spec/entry/segment.hpp"
#include "spec/load/after_entry.hpp"

namespace vmxspec::load {

namespace {

using entry::Segment;

// Access rights in the format of Table 27-2.
constexpr std::uint32_t dpl = 3 << 5, l_d_g = 1 << 13 | 1 << 14 | 1 << 15, b = 1 << 14, unusable = 1 << 16;
/// Bits 11:8 and 31:17 are no bits of the register: the VMCS has 0 for them (30.3.2).
constexpr std::uint32_t absent = 0xfffe0f00;

constexpr std::string_view rights_note =
    "In the format of Table 27-2. Bits 11:8 and 31:17 do not exist in the register and read as 0.";

/// Bits of an unusable register that the manual defines all the same.
struct WhenUnusable {
    std::uint64_t base;    ///< from the field
    std::uint64_t zeros;   ///< of the base, cleared to 0
    std::uint32_t limit;   ///< from the field
    std::uint32_t rights;  ///< from the field, or 1 in `ones`
    std::uint32_t ones;
};

WhenUnusable when_unusable(const std::string& name) {
    constexpr std::uint64_t all = ~0ULL, high = all << 32;
    if (name == "cs") return {all, 0, 0xffffffff, l_d_g, 0};
    if (name == "ss") return {0, high | 0xf, 0, dpl | b, b};
    if (name == "ds" || name == "es") return {0, high, 0, 0, 0};
    if (name == "fs" || name == "gs") return {all, 0, 0, 0, 0};
    if (name == "tr") return {all, 0, 0xffffffff, 0xffffffff, 0};  // guest.tr.usable: it never is
    return {0, 0, 0, 0, 0};
}

/// Bits 63:32 of a base are cleared on a processor with Intel 64; one without does not have them, and they are 0 too.
void segment(LoadTable& table, const State& s, const Segment& from) {
    const WhenUnusable known = when_unusable(from.name);
    const Bool usable = from.usable();
    const Bits<64> base = natural(s, from.base);
    const Bits<64> high = select(s.processor.intel64, base.same(0), base.same(~0ULL << 32));
    const Bits<32> rights = from.rights & std::uint64_t{~absent};
    table.add(from.name + ".selector", whole(from.selector));
    table.add(from.name + ".base", defined_in(select(usable, base.same(~0ULL), high | (known.base | known.zeros)),
                                              select(usable, base, base & ~known.zeros)));
    table.add(from.name + ".limit",
              defined_in(select(usable, from.limit.same(low_bits(32)), from.limit.same(known.limit)), from.limit));
    table.add(from.name + ".access_rights",
              defined_in(select(usable, rights.same(low_bits(32)), rights.same(known.rights | unusable | absent)),
                         select(usable, rights, rights | known.ones)),
              rights_note);
}

}  // namespace

void entry_segments(LoadTable& table, const State& s) {
    const auto& guest = s.guest;
    table.section({"29.3.2.2", "Loading Guest Segment Registers and Descriptor-Table Registers"});

    for (const Segment& one : entry::segments(s)) segment(table, s, one);
    segment(table, s, entry::task_register(s));
    segment(table, s, entry::ldtr(s));
    table.add("gdtr.base", whole(natural(s, guest.gdtr_base)));
    table.add("gdtr.limit", whole(guest.gdtr_limit.slice<15, 0>()));
    table.add("idtr.base", whole(natural(s, guest.idtr_base)));
    table.add("idtr.limit", whole(guest.idtr_limit.slice<15, 0>()));
}

}  // namespace vmxspec::load
