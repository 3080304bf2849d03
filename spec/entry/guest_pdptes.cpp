#include "spec/entry/conditions.hpp"
#include "spec/entry/entry.hpp"

namespace vmxspec::entry {

namespace {

/// PAE paging is in use before the entry, and the entry does not change CR3.
Bool keeps_pae_paging(const State& s) {
    const auto& before = s.before;
    return all_of({before.cr0.pg, before.cr4.pae, !before.efer.lma, before.cr3 == s.guest.cr3});
}

}  // namespace

void guest_pdptes(RuleTable& table, const State& s) {
    const auto& [guest, memory] = std::tie(s.guest, s.memory);
    const Bool pae_paging = all_of({guest.cr0.pg, guest.cr4.pae, !s.control.entry.ia32e_mode_guest});
    const Bool ept = s.proc2.enable_ept;
    table.section(Stage::guest, {"29.3.1.6", "Checks on Guest Page-Directory-Pointer-Table Entries"},
                  {outcome::guest_pdpte});

    // With EPT the entries hold guest-physical addresses, whose width TME does not reduce, as for CR3 (29.3.1.1).
    table.check("guest.pdpte.vmcs",
                (pae_paging && ept) >>
                    valid_pdptes({guest.pdpte0, guest.pdpte1, guest.pdpte2, guest.pdpte3}, s.processor.maxphyaddr));
    const Bool skipped = s.trait.unchanged_pdptes_unchecked && keeps_pae_paging(s);
    table.check("guest.pdpte.memory",
                all_of({pae_paging, !ept, !skipped}) >>
                    valid_pdptes({memory.pdpte0, memory.pdpte1, memory.pdpte2, memory.pdpte3}, physical_width(s)),
                "A processor need not check when PAE paging was in use before and CR3 does not change: "
                "trait.unchanged_pdptes_unchecked. One that does not skip may check always.");
}

}  // namespace vmxspec::entry
