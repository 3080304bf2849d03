#include "spec/entry/conditions.hpp"
#include "spec/load/after_exit.hpp"

namespace vmxspec::load {

namespace {

Outcome aborts(VmxAbort indicator) { return {Channel::vmx_abort, static_cast<std::uint32_t>(indicator), 0}; }

/// PAE paging is in use before the exit, and the exit does not change CR3: the processor need not check the entries.
Bool keeps_pae_paging(const State& s) {
    const auto& exiting = s.exiting;
    return all_of({exiting.cr0.pg, exiting.cr4.pae, !exiting.efer.lma, exiting.cr3 == s.host.cr3});
}

Bool host_pdptes_valid(const State& s) {
    const auto& exiting = s.exiting;
    return entry::valid_pdptes({exiting.pdpte0, exiting.pdpte1, exiting.pdpte2, exiting.pdpte3},
                               entry::physical_width(s));
}

Bool stores(const State& s, const std::vector<MsrRow>& table) {
    const auto& one = s.msr_entry;
    constexpr std::uint64_t smbase = 0x9e;
    return all_of({(one.index >> 8) != 0x8, (one.index == smbase) >> s.exiting.ends_in_smm, one.reserved == 0,
                   rdmsr_accepts(s, table)});
}

}  // namespace

RuleTable exit_rules(const State& s, const Registers& host) {
    const auto& exit = s.control.exit;
    const Bool host64 = exit.host_address_space_size;
    const MsrLoad step = msr_load(s, host, s.exiting.ends_in_smm);
    RuleTable table;

    table.section(Stage::vm_exit, {"30.5.1", "Loading Host Control Registers, Debug Registers, MSRs"}, {});
    table.consequence(
        "exit.efer",
        all_of({s.processor.intel64 >> ((host.efer.lma == host64) && (host.efer.lme == host64)),
                exit.load_efer >> (host.efer == Bits<64>{s.host.efer})}),
        "Holds after every VM exit from a VMCS that passed 29.2: IA32_EFER comes from the host-state area "
        "with \"load IA32_EFER\"; without it LMA and LME become \"host address-space size\".");
    table.section(Stage::vm_exit, {"30.5", "Loading Host State"}, {aborts(VmxAbort::host_address_space_size)});
    table.check("exit.efer.ia32e-abort", (s.processor.intel64 && s.exiting.efer.lma) >> host64);
    table.section(Stage::vm_exit, {"30.5.4", "Checking and Loading Host Page-Directory-Pointer-Table Entries"},
                  {aborts(VmxAbort::host_pdpte)});
    const Bool skipped = s.trait.unchanged_pdptes_unchecked && keeps_pae_paging(s);
    table.check("exit.pdpte-abort", (exits_to_pae_paging(s) && !skipped) >> host_pdptes_valid(s),
                "A processor need not check when PAE paging was in use before and CR3 does not change: "
                "trait.unchanged_pdptes_unchecked.");
    table.section(Stage::vm_exit, {"30.6", "Loading MSRs"}, {aborts(VmxAbort::msr_load)});
    table.check("exit.msr-load-abort", step.accepted,
                "Of one entry of the VM-exit MSR-load area; its rules are those of msr-load.*, on host state.");
    table.section(Stage::vm_exit, {"30.4", "Saving MSRs"}, {aborts(VmxAbort::msr_store)});
    table.check("exit.msr-store-abort", stores(s, step.table), "Of one entry of the VM-exit MSR-store area.");
    return table;
}

}  // namespace vmxspec::load
