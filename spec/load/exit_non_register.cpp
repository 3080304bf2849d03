#include "spec/load/after_exit.hpp"

namespace vmxspec::load {

Bool exits_to_pae_paging(const State& s) { return s.host.cr4.pae && !s.control.exit.host_address_space_size; }

void exit_vmcs(LoadTable& table, const State& s) {
    constexpr std::uint64_t valid = 1ULL << 31, ia32e_mode_guest = 1 << 9;
    const auto& [control, exiting] = std::tie(s.control, s.exiting);
    table.section({"30.2", "Recording VM-Exit Information and Updating VM-Entry Control Fields"});
    table.add("vmcs.injected_event", whole(control.injected_event & (~valid & low_bits(32))));
    const Bits<32> entry = control.entry;
    const Bits<32> stored =
        (entry & (~ia32e_mode_guest & low_bits(32))) | only_if(exiting.efer.lma, entry.same(ia32e_mode_guest));
    table.add("vmcs.entry", whole(select(s.capability.misc.store_lma, stored, entry)),
              "\"IA-32e mode guest\" becomes IA32_EFER.LMA where IA32_VMX_MISC[5] is 1.");
}

void exit_non_register(LoadTable& table, const State& s) {
    const auto& [exiting, capability] = std::tie(s.exiting, s.capability);
    constexpr unsigned apic_timer_virtualization = 8;
    const Bits<64> zero = Bits<64>{s.host.cr3}.same(0);
    const Bits<1> no = bit(constant(s.graph(), false));
    const Bool pae = exits_to_pae_paging(s);

    table.section({"30.5.4", "Checking and Loading Host Page-Directory-Pointer-Table Entries"});
    table.add("pdpte0", defined_if<64>(pae, exiting.pdpte0));
    table.add("pdpte1", defined_if<64>(pae, exiting.pdpte1));
    table.add("pdpte2", defined_if<64>(pae, exiting.pdpte2));
    table.add("pdpte3", defined_if<64>(pae, exiting.pdpte3));

    table.section({"30.5.5", "Updating Non-Register State"});
    table.add("activity", whole(Bits<32>{s.guest.activity}.same(0)));
    table.add("blocking.sti", whole(no));
    table.add("blocking.mov_ss", whole(no));
    table.add("blocking.nmi", loaded_if(exiting.by_nmi, bit(constant(s.graph(), true))),
              "A VM exit that an NMI causes directly blocks NMIs; others leave the blocking as it was.");
    table.add("pending_debug", whole(zero));
    table.add("deadline", loaded_if(capability.proc3[apic_timer_virtualization], zero));

    table.section({"30.5.6", "Clearing Address-Range Monitoring"});
    table.add("monitor", whole(no));
}

}  // namespace vmxspec::load
