#include "spec/entry/conditions.hpp"
#include "spec/load/invariant_list.hpp"

namespace vmxspec::load {

namespace {

/// A segment register in the values of a state.
struct Register {
    std::string name;
    Bits<64> selector, base, limit, rights;

    [[nodiscard]] Bits<4> type() const { return rights.slice<3, 0>(); }
    [[nodiscard]] Bool s() const { return rights[4]; }
    [[nodiscard]] Bits<2> dpl() const { return rights.slice<6, 5>(); }
    [[nodiscard]] Bool present() const { return rights[7]; }
    [[nodiscard]] Bool usable() const { return !rights[16]; }
    [[nodiscard]] Bits<2> rpl() const { return selector.slice<1, 0>(); }
    [[nodiscard]] Bool local() const { return selector[2]; }
};

Register segment(const InvariantList& list, const std::string& name) {
    return {name, list(name + ".selector"), list(name + ".base"), list(name + ".limit"), list(name + ".access_rights")};
}

/// What holds of a register that was loaded from a descriptor: G is 1 only for limits with bits 11:0 all 1, and limits
/// above 1 MByte need it.
Bool limit_fits_granularity(const Register& one) {
    const Bool g = one.rights[15];
    return (((one.limit & 0xfff) != 0xfff) >> !g) && (((one.limit >> 20) != 0) >> g);
}

void privilege(InvariantList& list, Bool relaxed) {
    const Register cs = segment(list, "cs");
    const Register ss = segment(list, "ss");
    const Bits<2> cpl = list.cpl();
    const Bool conforming = one_of<4>(cs.type(), {13, 15});
    const Bool nonconforming = one_of<4>(cs.type(), {9, 11});
    const Bool loaded = list.protected_mode() && cs.usable();
    list.section({"6.5", "Privilege Levels", "3A"});
    list.add("cpl.real", "in real-address mode CPL is 0", !list.pe() >> (cpl == 0));
    list.add("cpl.v86", "in virtual-8086 mode CPL is 3", (list.pe() && list.v86()) >> (cpl == 3));
    list.add("cs.dpl.nonconforming", "DPL of a nonconforming code segment in CS is CPL",
             (loaded && nonconforming) >> (cs.dpl() == cpl));
    list.add("cs.dpl.conforming", "DPL of a conforming code segment in CS is at most CPL",
             (loaded && conforming) >> (cs.dpl() <= cpl));
    list.add("cs.rpl", "RPL of CS is CPL", (list.protected_mode() && !relaxed) >> (cs.rpl() == cpl));
    list.add("ss.rpl", "RPL of SS is CPL", (list.protected_mode() && !relaxed) >> (ss.rpl() == cpl));
}

void types(InvariantList& list, Bool relaxed) {
    const Register cs = segment(list, "cs");
    const Register ss = segment(list, "ss");
    list.section({"3.4.5.1", "Code- and Data-Segment Descriptor Types", "3A"});
    list.add("cs.type", "CS holds an accessed code segment that is present",
             (list.protected_mode() && cs.usable()) >>
                 all_of({cs.s(), cs.present(), one_of<4>(cs.type(), {9, 11, 13, 15}) || (relaxed && cs.type() == 3)}));
    list.add("ss.type", "SS holds an accessed writable data segment that is present, or is unusable",
             (list.protected_mode() && ss.usable()) >> all_of({ss.s(), ss.present(), one_of<4>(ss.type(), {3, 7})}));
    for (const char* name : {"ds", "es", "fs", "gs"}) {
        const Register one = segment(list, name);
        const Bool loaded = list.protected_mode() && one.usable();
        const Bool readable = !one.rights[3] || one.rights[1];
        list.add(one.name + ".type", one.name + " holds an accessed readable segment that is present, or is unusable",
                 loaded >> all_of({one.s(), one.present(), one.rights[0], readable}));
        list.add(one.name + ".dpl", "DPL of " + one.name + " is at least RPL, but for conforming code",
                 all_of({loaded, !relaxed, one.type() <= 11}) >> (one.dpl() >= one.rpl()));
    }
}

void bases_and_limits(InvariantList& list) {
    list.section({"3.4.5", "Segment Descriptors", "3A"});
    for (const char* name : {"cs", "ss", "ds", "es"})
        list.add(std::string{name} + ".base", std::string{"the base of "} + name + " is below 4 GBytes",
                 (list(std::string{name} + ".base") >> 32) == 0);
    for (const char* name : {"cs", "ss", "ds", "es", "fs", "gs", "ldtr", "tr"}) {
        const Register one = segment(list, name);
        list.add(one.name + ".limit", std::string{"limit and granularity of "} + name + " agree",
                 one.usable() >> limit_fits_granularity(one));
    }
    list.add("gdtr.limit", "the limit of GDTR has 16 bits", (list("gdtr.limit") >> 16) == 0);
    list.add("idtr.limit", "the limit of IDTR has 16 bits", (list("idtr.limit") >> 16) == 0);
}

void virtual_8086(InvariantList& list) {
    list.section({"23.2.1", "Enabling Virtual-8086 Mode", "3B"});
    for (const char* name : {"cs", "ss", "ds", "es", "fs", "gs"}) {
        const Register one = segment(list, name);
        list.add(
            one.name + ".v86", one.name + " in virtual-8086 mode is its selector times 16, 64 KBytes, DPL 3",
            list.v86() >> all_of({one.base == one.selector << 4, one.limit == 0xffff, (one.rights & 0xf0ff) == 0xf3}));
    }
}

void system_segments(InvariantList& list) {
    const Register tr = segment(list, "tr");
    const Register ldtr = segment(list, "ldtr");
    list.section({"10.2", "Task Management Data Structures", "3A"});
    list.add("tr.usable", "TR is usable", tr.usable());
    list.add("tr.type", "TR holds a busy TSS that is present, a 16-bit one only outside IA-32e mode",
             all_of({!tr.s(), tr.present(), tr.type() == 11 || (tr.type() == 3 && !list.lma())}));
    list.add("tr.global", "TR's selector refers to the GDT", !tr.local());
    list.section({"3.5", "System Descriptor Types", "3A"});
    list.add("ldtr.type", "LDTR holds an LDT that is present, or is unusable",
             ldtr.usable() >> all_of({!ldtr.s(), ldtr.present(), ldtr.type() == 2}));
    list.add("ldtr.global", "LDTR's selector refers to the GDT", ldtr.usable() >> !ldtr.local());
}

void instruction_pointer(InvariantList& list) {
    const Bits<64> rights = list("cs.access_rights");
    const Bool mode64 = list.lma() && rights[13];
    const Bits<64> rip = list("rip");
    list.section({"3.3.7", "Address Calculations in 64-Bit Mode", "1"});
    list.add("rip.mode", "RIP has 32 bits outside 64-bit mode, and agreeing upper bits in it",
             (mode64 >> entry::upper_bits_identical(list.s, rip)) && (!mode64 >> ((rip >> 32) == 0)));
    list.section({"6.2.1", "Code-Segment Descriptor in 64-bit Mode", "3A"});
    list.add("cs.l-d", "in IA-32e mode CS.L and CS.D are not both 1", list.lma() >> !(rights[13] && rights[14]));
}

}  // namespace

void segment_invariants(InvariantList& list, Bool relaxed) {
    privilege(list, relaxed);
    types(list, relaxed);
    bases_and_limits(list);
    virtual_8086(list);
    system_segments(list);
    instruction_pointer(list);
}

}  // namespace vmxspec::load
