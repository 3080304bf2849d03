#include "spec/load/after_entry.hpp"

namespace vmxspec::load {

Bool enters_pae_paging(const State& s) {
    return all_of({s.guest.cr0.pg, s.guest.cr4.pae, !s.control.entry.ia32e_mode_guest});
}

Bool enters_64_bit_mode(const State& s) { return s.control.entry.ia32e_mode_guest && s.guest.cs_access_rights.l; }

void entry_non_register(LoadTable& table, const State& s) {
    const auto& [guest, memory] = std::tie(s.guest, s.memory);
    const Bool pae = enters_pae_paging(s);
    const auto pdpte = [&](const char* name, Bits<64> field, Bits<64> in_memory) {
        table.add(name, defined_if(pae, select(s.proc2.enable_ept, field, in_memory)));
    };
    table.section({"29.3.2.4", "Loading Page-Directory-Pointer-Table Entries"});
    pdpte("pdpte0", guest.pdpte0, memory.pdpte0);
    pdpte("pdpte1", guest.pdpte1, memory.pdpte1);
    pdpte("pdpte2", guest.pdpte2, memory.pdpte2);
    pdpte("pdpte3", guest.pdpte3, memory.pdpte3);

    table.section({"29.3.2.5", "Updating Non-Register State"});
    table.add("interrupt_status", loaded_if<16>(s.proc2.virtual_interrupt_delivery, guest.interrupt_status),
              "RVI in bits 7:0, SVI in bits 15:8, before PPR virtualization.");
    table.add("deadline", loaded_if<64>(s.proc3.apic_timer_virtualization, guest.deadline));

    table.section({"29.3.3", "Clearing Address-Range Monitoring"});
    table.add("monitor", whole(bit(constant(s.graph(), false))), "1 while MONITOR has armed an address range.");
}

}  // namespace vmxspec::load
