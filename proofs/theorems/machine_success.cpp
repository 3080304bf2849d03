// What an instruction's success tells, written a second time and in other terms than the rows: a condition that a row
// and its success share can be wrong in both, and totality would not notice.
#include "proofs/theorems/theorem.hpp"
#include "spec/machine/conditions.hpp"
#include "spec/state/architecture.hpp"

namespace vmxspec::proofs {

namespace {

struct Need {
    std::string_view row;
    std::string_view name;
    std::string_view statement;
    Bool condition;
};

std::vector<Need> needs(const State& s) {
    const auto& [before, machine, operand] = std::tie(s.before, s.machine, s.operand);
    const Bits<64> cr0 = before.cr0, cr4 = before.cr4, address = operand.address, basic = s.capability.basic;
    const Bits<64> control = machine.feature_control, misc = s.capability.misc, proc2_msr = s.capability.proc2;
    const Bits<64> type = operand.type, descriptor = operand.descriptor_low, listed = operand.listed_eptp;
    const Bits<64> encoding = operand.encoding, eptp = s.control.eptp, functions = s.control.vm_function;
    const Bits<64> vpid_cap = s.capability.ept_vpid;
    const Bits<32> word = operand.word, secondary = s.control.proc2, primary = s.control.proc;
    const Bits<32> revision = (basic & 0x7fffffff).slice<31, 0>();
    const auto fixed = [](Bits<64> value, Bits<64> fixed0, Bits<64> fixed1) {
        return (value & fixed0) == fixed0 && (value | fixed1) == fixed1;
    };
    const Bool cpl0 = before.cpl == 0;
    const Bool page = (address & 0xfff) == 0 && (address >> 52) == 0;
    const Bool not_32_bit_only = (address >> 32) == 0 || !basic[48];
    const Bool is_root = before.in_vmx_operation && !before.non_root;
    const Bool recognised = cr0[0] && !Bits<64>{before.rflags}[17] && (Bits<64>{before.efer}[10] >> before.cs_l);
    const Bool shadowing = primary[31] && secondary[14];
    return {
        {"vmxon.enter", "registers", "VMXON enters with supported values of CR0 and CR4, CR4.VMXE = 1",
         fixed(cr0, s.capability.cr0_fixed0, s.capability.cr0_fixed1) &&
             fixed(cr4, s.capability.cr4_fixed0, s.capability.cr4_fixed1) && cr4[13] && recognised},
        {"vmxon.enter", "privilege", "VMXON enters at CPL 0, outside VMX operation and outside A20M mode",
         all_of({cpl0, !before.in_vmx_operation, !machine.a20m})},
        {"vmxon.enter", "feature-control",
         "VMXON enters with IA32_FEATURE_CONTROL locked and with its bit for SMX or not",
         control[0] && ((machine.in_smx && control[1]) || (!machine.in_smx && control[2]))},
        {"vmxon.enter", "region", "VMXON enters with a page that holds the VMCS revision identifier, bit 31 clear",
         all_of({page, not_32_bit_only, word == revision})},
        {"vmxoff.leave", "state", "VMXOFF leaves at CPL 0, outside SEAM and without the dual-monitor treatment",
         all_of({is_root, cpl0, recognised, !before.in_seam, !machine.dual_monitor_active})},
        {"vmclear.clear", "region", "VMCLEAR clears a page other than the VMXON region",
         all_of({is_root, cpl0, recognised, page, not_32_bit_only, address != machine.vmxon_pointer})},
        {"vmptrld.load", "region", "VMPTRLD loads a page other than the VMXON region",
         all_of({is_root, cpl0, recognised, page, not_32_bit_only, address != machine.vmxon_pointer})},
        {"vmptrld.load", "revision", "VMPTRLD loads a region of this revision, shadow only with \"VMCS shadowing\"",
         (word & 0x7fffffff) == revision && (word < 0x80000000ULL || proc2_msr[32 + 14])},
        {"vmread.read", "non-root",
         "VMREAD reads in VMX non-root operation only what its bitmap lets through, of a shadow VMCS",
         before.non_root >> all_of({shadowing, !operand.bitmap_bit, s.guest.link_pointer != ~0ULL})},
        {"vmwrite.write", "non-root", "VMWRITE writes in VMX non-root operation only what its bitmap lets through",
         before.non_root >> all_of({shadowing, !operand.bitmap_bit, s.guest.link_pointer != ~0ULL})},
        {"vmread.read", "field", "VMREAD reads fields that exist, from root operation only with a current VMCS",
         operand.field_exists && (is_root >> (before.current_vmcs != ~0ULL))},
        {"vmwrite.write", "field", "VMWRITE writes fields that exist, VM-exit information only with IA32_VMX_MISC[29]",
         operand.field_exists && (((encoding >> 10) & 3) != 1 || misc[29])},
        {"invept.invalidate", "type", "INVEPT invalidates for types 1 and 2, by their capability bits",
         ((type & low_bits(32)) == 1 && vpid_cap[25]) || ((type & low_bits(32)) == 2 && vpid_cap[26])},
        {"invept.invalidate", "descriptor",
         "INVEPT with one context needs an EPTP of memory type 0 or 6 without bits 11:8",
         operand.descriptor_high == 0 &&
             ((type & 3) == 2 || (one_of(descriptor & 7, {0, 6}) && (descriptor & 0xf00) == 0))},
        {"invvpid.invalidate", "type", "INVVPID invalidates for types 0 to 3, by their capability bits",
         ((vpid_cap >> ((type & 3) + 40)) & 1) == 1 && (type & low_bits(32)) <= 3},
        {"invvpid.invalidate", "descriptor", "INVVPID names a VPID other than 0 unless it is for all contexts",
         descriptor < 0x10000 && ((type & 3) == 2 || descriptor != 0)},
        {"vmcall.activate", "state",
         "VMCALL activates the dual-monitor treatment once, where SMM enabled it, on a clear VMCS",
         all_of({is_root, cpl0, basic[49], Bits<64>{machine.smm_monitor_ctl}[0], !machine.dual_monitor_active,
                 !before.launched, before.current_vmcs != ~0ULL, operand.mseg_features < 2, !before.in_smm})},
        {"vmfunc.switch", "state", "VMFUNC switches in VMX non-root operation, with its controls, within the list",
         all_of(
             {Bool{before.non_root}, primary[31] && secondary[13], functions[0], operand.eax == 0, operand.ecx < 512})},
        {"vmfunc.switch", "eptp", "VMFUNC keeps the page-walk length and loads a memory type of 0 or 6",
         ((listed ^ eptp) & 0x38) == 0 && one_of(listed & 7, {0, 6})},
    };
}

}  // namespace

std::vector<Theorem> machine_success_theorems(Specification& spec) {
    std::vector<Theorem> theorems;
    for (const Need& need : needs(spec.state)) {
        const machine::Transition& row = *spec.machine.find(need.row);
        theorems.push_back(
            {"machine/" + row.id + "/needs-" + std::string{need.name},
             std::string{need.statement},
             Form::always,
             {consistent_processor(spec.state), machine::taken(spec.machine.rows(row.instruction), row.order - 1)},
             need.condition,
             Verdict::proven,
             {}});
    }
    return theorems;
}

}  // namespace vmxspec::proofs
