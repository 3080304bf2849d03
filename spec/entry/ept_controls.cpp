#include "spec/entry/conditions.hpp"
#include "spec/entry/reserved_bits.hpp"
#include "spec/entry/vm_execution_parts.hpp"

#include <string>

namespace vmxspec::entry {

namespace {

void ept_pointer(RuleTable& table, const State& s) {
    const auto& [eptp, offered] = std::tie(s.control.eptp, s.capability.ept_vpid);
    const Bool ept = s.proc2.enable_ept;
    constexpr std::uint64_t uncacheable = 0, write_back = 6;
    const Bool type_offered =
        (eptp.memory_type == uncacheable && offered.uc) || (eptp.memory_type == write_back && offered.wb);
    const Bool length_offered = (eptp.walk_length == 3 && offered.walk_4) || (eptp.walk_length == 4 && offered.walk_5);
    table.check("ctl.eptp.memtype", ept >> type_offered);
    table.check("ctl.eptp.walk", ept >> length_offered);
    table.check("ctl.eptp.ad", ept >> (eptp.accessed_dirty >> offered.accessed_dirty));
    table.check(
        "ctl.eptp.reserved", ept >> none_reserved(eptp, eptp_reserved(s)),
        "29.2.1.1 says bits 11:7; Table 27-9 of the same edition defines bit 7 (supervisor shadow-stack pages), "
        "which is offered where IA32_VMX_EPT_VPID_CAP[23] is 1. The table decides here.");
    table.check("ctl.eptp.width", ept >> within_physical_width(s, eptp & ~low_bits(12)));
}

struct NeedsEpt {
    const char* name;
    Bool control;
};

void needs_ept(RuleTable& table, const State& s) {
    const auto& [proc2, proc3] = std::tie(s.proc2, s.proc3);
    for (const NeedsEpt& row : {
             NeedsEpt{"pml", proc2.enable_pml},
             NeedsEpt{"unrestricted", proc2.unrestricted_guest},
             NeedsEpt{"mbec", proc2.mode_based_execute},
             NeedsEpt{"spp", proc2.sub_page_write},
             NeedsEpt{"pt-gpa", proc2.pt_uses_guest_physical},
             NeedsEpt{"pebs-gpa", proc3.pebs_uses_guest_physical},
             NeedsEpt{"hlat", proc3.enable_hlat},
             NeedsEpt{"paging-write", proc3.ept_paging_write},
             NeedsEpt{"guest-paging", proc3.guest_paging_verification},
         })
        table.check(std::string{"ctl.needs-ept."} + row.name, row.control >> proc2.enable_ept);
}

}  // namespace

void ept_controls(RuleTable& table, const State& s) {
    table.check("ctl.vpid.nonzero", s.proc2.enable_vpid >> (s.control.vpid != 0));
    ept_pointer(table, s);
    needs_ept(table, s);
}

}  // namespace vmxspec::entry
