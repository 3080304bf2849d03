#include "spec/entry/conditions.hpp"
#include "spec/entry/reserved_bits.hpp"
#include "spec/load/invariant_list.hpp"

namespace vmxspec::load {

void paging_invariants(InvariantList& list) {
    const State& s = list.s;
    const Bits<64> cr0 = list("cr0");
    const Bits<64> cr3 = list("cr3");
    const Bits<64> cr4 = list("cr4");
    const Bits<64> efer = list("efer");
    const Bool pae = cr4[5];
    list.section({"2.5", "Control Registers", "3A"});
    list.add("cr0.pg-pe", "CR0.PG = 1 only if CR0.PE = 1", cr0[31] >> cr0[0]);
    list.add("cr0.nw-cd", "CR0.NW = 1 only if CR0.CD = 1", cr0[29] >> cr0[30]);
    list.add("cr0.high", "bits 63:32 of CR0 are 0", (cr0 >> 32) == 0);
    list.add("cr4.cet-wp", "CR4.CET = 1 only if CR0.WP = 1", cr4[23] >> cr0[16]);
    list.add("cr4.fred-lma", "CR4.FRED = 1 only in IA-32e mode", cr4[32] >> efer[10]);
    list.section({"5.10.1", "Process-Context Identifiers (PCIDs)", "3A"});
    list.add("cr4.pcide-lma", "CR4.PCIDE = 1 only in IA-32e mode", cr4[17] >> efer[10]);
    list.section({"2.2.1", "Extended Feature Enable Register", "3A"});
    list.add("efer.lma", "IA32_EFER.LMA = LME & CR0.PG", efer[10] == (efer[8] && cr0[31]));
    list.add("efer.reserved", "IA32_EFER sets no reserved bit", (efer & entry::efer_reserved(s)) == 0);
    list.section({"5.1", "Paging Modes and Control Bits", "3A"});
    list.add("cr4.lma-pae", "IA-32e mode needs CR4.PAE = 1", efer[10] >> pae);
    list.add("cr3.width", "CR3 has no bit beyond MAXPHYADDR but LAM's",
             s.processor.intel64 >> ((entry::cr3_address(s, cr3) >> extend<64>(Bits<8>{s.processor.maxphyaddr})) == 0));
    list.section({"5.4.1", "PDPTE Registers", "3A"});
    list.add("pdptes",
             "with PAE paging no PDPTE that is present sets a reserved bit, on a processor that checks them always",
             s.trait.unchanged_pdptes_unchecked ||
                 (all_of({cr0[31], pae, !efer[10]}) >>
                  entry::valid_pdptes({list("pdpte0"), list("pdpte1"), list("pdpte2"), list("pdpte3")},
                                      s.processor.maxphyaddr)));
    list.section({"26.8", "Restrictions on VMX Operation"});
    list.add("cr4.vmxe", "CR4.VMXE = 1 in VMX operation", cr4[13]);
}

namespace {

struct Reserved {
    const char* name;
    Bits<64> bits;
};

}  // namespace

void msr_invariants(InvariantList& list) {
    const State& s = list.s;
    const Bool intel64 = s.processor.intel64;
    list.section({"2.1", "Architectural MSRs", "4"});
    for (const Reserved& row : {
             Reserved{"debugctl", entry::debugctl_reserved(s)},
             Reserved{"perf_global_ctrl", entry::perf_global_ctrl_reserved(s)},
             Reserved{"bndcfgs", entry::bndcfgs_reserved(s)},
             Reserved{"rtit_ctl", entry::rtit_ctl_reserved(s)},
             Reserved{"s_cet", entry::s_cet_reserved(s)},
             Reserved{"lbr_ctl", entry::lbr_ctl_reserved(s)},
             Reserved{"pkrs", list("pkrs").same(~low_bits(32))},
             Reserved{"spec_ctrl", entry::spec_ctrl_reserved(s)},
             Reserved{"fred_config", entry::fred_config_reserved(s)},
             Reserved{"fred_rsp1", list("pkrs").same(low_bits(6))},
             Reserved{"fred_rsp2", list("pkrs").same(low_bits(6))},
             Reserved{"fred_rsp3", list("pkrs").same(low_bits(6))},
             Reserved{"fred_ssp1", list("pkrs").same(low_bits(3))},
             Reserved{"fred_ssp2", list("pkrs").same(low_bits(3))},
             Reserved{"fred_ssp3", list("pkrs").same(low_bits(3))},
             Reserved{"ssp", list("pkrs").same(low_bits(2))},
             Reserved{"sysenter_cs", list("pkrs").same(~low_bits(32))},
         })
        list.add(std::string{row.name} + ".reserved", std::string{row.name} + " sets no reserved bit",
                 (list(row.name) & row.bits) == 0);
    list.add("pat.types", "each byte of IA32_PAT is a memory type", entry::pat_memory_types(list("pat")));

    list.section({"4.5", "Canonicality", "3A"});
    for (const char* name :
         {"sysenter_esp", "sysenter_eip", "s_cet", "ssp_table", "fred_config", "fred_rsp1", "fred_rsp2", "fred_rsp3",
          "fred_ssp1", "fred_ssp2", "fred_ssp3", "fs.base", "gs.base", "tr.base", "gdtr.base", "idtr.base"})
        list.add(std::string{name} + ".canonical", std::string{name} + " is canonical",
                 intel64 >> entry::canonical(s, list(name)));
    const Bool ldtr_usable = !list("ldtr.access_rights")[16];
    list.add("ldtr.base.canonical", "the base of a usable LDTR is canonical",
             (intel64 && ldtr_usable) >> entry::canonical(s, list("ldtr.base")));
}

std::vector<Invariant> invariants(const State& s, const Values& after, Bool relaxed) {
    InvariantList list{s, after};
    paging_invariants(list);
    msr_invariants(list);
    segment_invariants(list, relaxed);
    event_invariants(list);
    return list.list;
}

std::vector<Invariant> lasting_invariants(const State& s, const Values& before) {
    InvariantList list{s, before};
    paging_invariants(list);
    msr_invariants(list);
    return list.list;
}

}  // namespace vmxspec::load
