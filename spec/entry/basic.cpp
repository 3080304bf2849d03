#include "spec/entry/entry.hpp"

namespace vmxspec::entry {

namespace {

/// IA-32e mode with CS.L = 0 is compatibility mode.
Bool mode_has_vmx_instructions(const State& s) {
    const auto& before = s.before;
    return all_of({before.in_vmx_operation, before.cr0.pe, !before.rflags.vm, before.efer.lma >> before.cs_l});
}

}  // namespace

// The only section whose checks are ordered: the first row that does not hold decides the outcome. A row that speaks of
// the current VMCS is guarded by there being one, as the manual words it.
void basic(RuleTable& table, const State& s) {
    constexpr std::uint32_t vmlaunch = 20, vmresume = 24;
    const auto& before = s.before;
    const Bool has_current = before.current_vmcs != ~0ULL;
    const Bool ordinary = has_current && !before.current_is_shadow;
    table.section(Stage::basic, {"29.1", "Basic VM-Entry Checks"}, {});

    table.check(
        "basic.ud.mode", mode_has_vmx_instructions(s), {{Channel::invalid_opcode}},
        "29.1 names virtual-8086 and compatibility mode; outside VMX operation and real-address mode are in the "
        "operation of VMLAUNCH/VMRESUME (chapter 33).");
    table.check("basic.gp.cpl", before.non_root || before.cpl == 0, {{Channel::general_protection}});
    table.check(
        "basic.exit.nonroot", !before.non_root, {{Channel::vm_exit, vmlaunch}, {Channel::vm_exit, vmresume}},
        "Exit reason 20 is VMLAUNCH's, 24 VMRESUME's. The exit comes before the CPL check (operation of VMLAUNCH and "
        "VMRESUME, chapter 33), so that the CPL row applies to VMX root operation only.");
    table.check("basic.failinvalid.no-current-vmcs", has_current, {{Channel::vmfail_invalid}},
                "No current VMCS is a current-VMCS pointer of FFFFFFFF_FFFFFFFFH (27.1).");
    table.check("basic.failinvalid.shadow-vmcs", has_current >> !before.current_is_shadow, {{Channel::vmfail_invalid}});
    table.check("basic.fail26.movss", ordinary >> !before.blocking_by_mov_ss, {{Channel::vmfail_valid, 26}});
    table.check("basic.fail4.launch-not-clear", (ordinary && !before.vmresume) >> !before.launched,
                {{Channel::vmfail_valid, 4}});
    table.check("basic.fail5.resume-not-launched", (ordinary && before.vmresume) >> before.launched,
                {{Channel::vmfail_valid, 5}});
}

}  // namespace vmxspec::entry
