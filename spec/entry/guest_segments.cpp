#include "spec/entry/conditions.hpp"
#include "spec/entry/entry.hpp"
#include "spec/entry/segment.hpp"

#include <span>

namespace vmxspec::entry {

namespace {

constexpr std::string_view dropped_bits =
    "Some processors ignore the writing of bits 11:8 and 31:17 by VMWRITE and treat them as 0 (27.4.1), so that this "
    "check cannot fail there.";

/// What the checks of all segment registers read.
struct Registers {
    std::array<Segment, 6> all;
    Bool v86;  ///< the guest will be virtual-8086
    Bool not_v86;
    Bool unrestricted;
    Bool ia32e;
    Bool fred;

    [[nodiscard]] const Segment& cs() const { return all[0]; }
    [[nodiscard]] const Segment& ss() const { return all[1]; }
    [[nodiscard]] std::span<const Segment> data() const { return std::span{all}.subspan<2>(); }
    /// The register's own checks apply: outside virtual-8086 mode CS's always, another's if it is usable.
    [[nodiscard]] Bool checked(const Segment& segment) const {
        return segment.name == "cs" ? not_v86 : not_v86 && segment.usable();
    }
};

Registers registers(const State& s) {
    const Bool v86 = s.guest.rflags.vm;
    return {segments(s), v86, !v86, s.proc2.unrestricted_guest, s.control.entry.ia32e_mode_guest, s.guest.cr4.fred};
}

std::string row(const Segment& segment, const char* what) { return "guest." + segment.name + "." + what; }

Bool high_half_zero(Bits<64> address) { return (address >> 32) == 0; }

/// Bits 11:8 and 31:17 of access rights are 0.
Bool reserved_rights_zero(const Segment& segment) { return (segment.rights & 0xfffe'0f00) == 0; }

/// A limit whose bits 11:0 are not all 1 needs byte granularity.
Bool byte_granular(const Segment& segment) { return (segment.limit & 0xfff) != 0xfff; }

/// A limit with a bit in 31:20 needs page granularity.
Bool page_granular(const Segment& segment) { return (segment.limit >> 20) != 0; }

void selectors(RuleTable& table, const State& s, const Registers& guest) {
    const Segment tr = task_register(s);
    const Segment local = ldtr(s);
    table.check("guest.tr.selector.ti", !tr.selector_bits.ti);
    table.check("guest.ldtr.selector.ti", local.usable() >> !local.selector_bits.ti);
    table.check("guest.ss.selector.rpl", (guest.not_v86 && !guest.unrestricted) >>
                                             (guest.ss().selector_bits.rpl == guest.cs().selector_bits.rpl));
}

void virtual_8086(RuleTable& table, const Registers& guest) {
    for (const Segment& segment : guest.all) {
        table.check(row(segment, "v86.base"), guest.v86 >> (segment.base == extend<64>(segment.selector) << 4));
        table.check(row(segment, "v86.limit"), guest.v86 >> (segment.limit == 0xffff));
        table.check(row(segment, "v86.access"), guest.v86 >> (segment.rights == 0xf3));
    }
}

void bases(RuleTable& table, const State& s, const Registers& guest) {
    const Bool intel64 = s.processor.intel64;
    const Segment local = ldtr(s);
    for (const Segment& segment : {task_register(s), guest.all[4], guest.all[5]})
        table.check(row(segment, "base.canonical"), intel64 >> canonical(s, segment.base));
    table.check("guest.ldtr.base.canonical", (intel64 && local.usable()) >> canonical(s, local.base));
    table.check("guest.cs.base.high", intel64 >> high_half_zero(guest.cs().base));
    for (const Segment& segment : std::span{guest.all}.subspan(1, 3))
        table.check(row(segment, "base.high"), (intel64 && segment.usable()) >> high_half_zero(segment.base));
}

void types(RuleTable& table, const Registers& guest) {
    const Bits<4> code = guest.cs().access.type;
    constexpr std::uint64_t writable_data = 3;
    table.check("guest.cs.type",
                guest.not_v86 >> (one_of(code, {9, 11, 13, 15}) || (guest.unrestricted && code == writable_data)));
    table.check("guest.ss.type", guest.checked(guest.ss()) >> one_of<4>(guest.ss().access.type, {3, 7}));
    for (const Segment& segment : guest.data()) {
        const Bits<4> type = segment.access.type;
        table.check(row(segment, "type.accessed"), guest.checked(segment) >> type[0]);
        table.check(row(segment, "type.readable"), guest.checked(segment) >> (type[3] >> type[1]));
    }
}

void common_rights(RuleTable& table, const Registers& guest) {
    for (const Segment& segment : guest.all) {
        const Bool checked = guest.checked(segment);
        table.check(row(segment, "s"), checked >> segment.access.s);
        table.check(row(segment, "p"), checked >> segment.access.p);
        table.check(row(segment, "reserved"), checked >> reserved_rights_zero(segment), dropped_bits);
        table.check(row(segment, "g.low"), checked >> (byte_granular(segment) >> !segment.access.g));
        table.check(row(segment, "g.high"), checked >> (page_granular(segment) >> segment.access.g));
    }
}

void privilege_levels(RuleTable& table, const State& s, const Registers& guest) {
    const Bits<4> code = guest.cs().access.type;
    const Bits<2> cs_dpl = guest.cs().access.dpl;
    const Bits<2> ss_dpl = guest.ss().access.dpl;
    const Bool applies = guest.not_v86;
    table.check("guest.cs.dpl.data", (applies && code == 3) >> (cs_dpl == 0));
    table.check("guest.cs.dpl.nonconforming", (applies && one_of(code, {9, 11})) >> (cs_dpl == ss_dpl));
    table.check("guest.cs.dpl.conforming", (applies && one_of(code, {13, 15})) >> (cs_dpl <= ss_dpl));

    table.check("guest.ss.dpl.rpl",
                (applies && !guest.unrestricted) >> (ss_dpl == Bits<2>{guest.ss().selector_bits.rpl}));
    table.check("guest.ss.dpl.zero", (applies && (code == 3 || !s.guest.cr0.pe)) >> (ss_dpl == 0));
    const Bool fred = applies && guest.fred;
    table.check("guest.ss.fred.dpl", fred >> one_of(ss_dpl, {0, 3}));
    table.check("guest.ss.fred.long", (fred && ss_dpl == 0) >> guest.cs().access.l);
    table.check("guest.ss.fred.iopl", (fred && ss_dpl == 3) >> (s.guest.rflags.iopl == 0));
    table.check("guest.ss.fred.sti", (fred && ss_dpl == 3) >> !s.guest.interruptibility.sti);

    for (const Segment& segment : guest.data()) {
        const Bits<2> rpl = segment.selector_bits.rpl;
        const Bool data_or_nonconforming = segment.access.type <= 11;
        table.check(row(segment, "dpl"), all_of({guest.checked(segment), !guest.unrestricted, data_or_nonconforming}) >>
                                             (segment.access.dpl >= rpl));
    }
}

/// Rows of a system segment that TR and LDTR share, after their type.
void system_rights(RuleTable& table, const Segment& segment, Bool checked) {
    table.check(row(segment, "s"), checked >> !segment.access.s);
    table.check(row(segment, "p"), checked >> segment.access.p);
    table.check(row(segment, "reserved"), checked >> reserved_rights_zero(segment), dropped_bits);
    table.check(row(segment, "g.low"), checked >> (byte_granular(segment) >> !segment.access.g));
    table.check(row(segment, "g.high"), checked >> (page_granular(segment) >> segment.access.g));
}

void system_segments(RuleTable& table, const State& s, const Registers& guest) {
    const Segment tr = task_register(s);
    const Segment local = ldtr(s);
    const Bits<4> tss = tr.access.type;
    table.check("guest.tr.type.legacy", guest.ia32e || one_of(tss, {3, 11}));
    table.check("guest.tr.type.ia32e", guest.ia32e >> (tss == 11));
    system_rights(table, tr, constant(s.graph(), true));
    table.check("guest.tr.usable", tr.usable());
    table.check("guest.ldtr.type", local.usable() >> (local.access.type == 2));
    system_rights(table, local, local.usable());
}

}  // namespace

void guest_segments(RuleTable& table, const State& s) {
    const Registers guest = registers(s);
    table.section(Stage::guest, {"29.3.1.2", "Checks on Guest Segment Registers"}, {outcome::guest_state});

    selectors(table, s, guest);
    virtual_8086(table, guest);
    bases(table, s, guest);
    types(table, guest);
    common_rights(table, guest);
    privilege_levels(table, s, guest);
    table.check("guest.cs.db-l", all_of({guest.not_v86, guest.ia32e, guest.cs().access.l}) >> !guest.cs().access.db);
    system_segments(table, s, guest);
}

}  // namespace vmxspec::entry
