#include "spec/load/after_entry.hpp"
#include "spec/load/after_exit.hpp"

namespace vmxspec::load {

namespace {

// Access rights in the format of Table 27-2.
constexpr std::uint32_t unusable = 1 << 16, absent = 0xfffe0f00, dpl = 3 << 5, db = 1 << 14, l = 1 << 13;
/// AVL, of which the manual says nothing, and L, which it sets for CS only.
constexpr std::uint32_t silent = 1 << 12, silent_but_cs = silent | l;
constexpr std::uint32_t flat_data = 0xc093;  ///< type 3, S, P, D/B, G, DPL 0
constexpr std::uint32_t flat_code = 0x809b;  ///< type 11, S, P, G, DPL 0, without L and D/B
constexpr std::uint32_t busy_tss = 0x8b;     ///< type 11, P

/// A host segment register for data or stack.
struct HostSegment {
    const char* name;
    Bits<16> selector;
    Bits<64> base;         ///< from the host-state area; 0 for registers without such a field
    Bool base_defined;     ///< also when the register is unusable
    bool canonical;        ///< the base also when it is undefined
    std::uint32_t rights;  ///< bits of the access rights that are defined also when the register is unusable
};

Partly<64> base_of(const State& s, const HostSegment& from, Bool usable) {
    return defined_if(usable || from.base_defined, made_canonical(s, from.base));
}

void segment(LoadTable& table, const State& s, const HostSegment& from) {
    const std::string name = from.name;
    const Bool usable = from.selector != 0;
    const Bits<32> flat = Bits<32>{s.guest.es_limit}.same(flat_data);
    table.add(name + ".selector", whole(from.selector));
    table.add(name + ".base", base_of(s, from, usable));
    if (from.canonical) table.undefined_but_canonical();
    table.add(name + ".limit", defined_if(usable, flat.same(0xffffffff)));
    table.add(name + ".access_rights",
              defined_in(select(usable, flat.same(~silent_but_cs), flat.same(from.rights | unusable | absent)),
                         select(usable, flat, flat | unusable)));
}

void fixed(LoadTable& table, const std::string& name, Bits<16> selector, Bits<64> base, Bits<32> limit, Bits<32> rights,
           std::uint32_t undefined) {
    table.add(name + ".selector", whole(selector));
    table.add(name + ".base", whole(base));
    table.add(name + ".limit", whole(limit));
    table.add(name + ".access_rights", defined_in(rights.same(~undefined), rights));
}

}  // namespace

void exit_segments(LoadTable& table, const State& s) {
    const auto& [host, exit] = std::tie(s.host, s.control.exit);
    const Bool host64 = exit.host_address_space_size;
    const Bits<64> zero = Bits<64>{host.fs_base}.same(0);
    const Bits<32> word = Bits<32>{s.guest.es_limit}.same(0);
    const Bool no = constant(s.graph(), false);
    table.section({"30.5.2", "Loading Host Segment and Descriptor-Table Registers"});

    const Bits<32> code = select(host64, word.same(flat_code | l), word.same(flat_code | db));
    fixed(table, "cs", host.cs_selector, zero, word.same(0xffffffff), code, silent);
    for (const HostSegment& row : {
             HostSegment{"ss", host.ss_selector, zero, no, false, dpl | db},
             HostSegment{"ds", host.ds_selector, zero, no, false, 0},
             HostSegment{"es", host.es_selector, zero, no, false, 0},
             HostSegment{"fs", host.fs_selector, host.fs_base, host64, true, 0},
             HostSegment{"gs", host.gs_selector, host.gs_base, host64, true, 0},
         })
        segment(table, s, row);
    fixed(table, "tr", host.tr_selector, made_canonical(s, host.tr_base), word.same(0x67), word.same(busy_tss),
          silent_but_cs);

    const Bits<16> null = Bits<16>{host.tr_selector}.same(0);
    table.add("ldtr.selector", whole(null));
    table.add("ldtr.base", defined_if(no, zero));
    table.add("ldtr.limit", defined_if(no, word));
    table.add("ldtr.access_rights", defined_in(word.same(unusable | absent), word.same(unusable)));

    table.add("gdtr.base", whole(made_canonical(s, host.gdtr_base)));
    table.add("gdtr.limit", whole(null.same(0xffff)));
    table.add("idtr.base", whole(made_canonical(s, host.idtr_base)));
    table.add("idtr.limit", whole(null.same(0xffff)));
}

}  // namespace vmxspec::load
