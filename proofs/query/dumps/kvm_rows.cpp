#include "proofs/query/dumps/kvm_rows.hpp"

#include <array>

namespace vmxspec::query {

namespace {

using enum Section;
using namespace kvm_era;

constexpr unsigned from_b = b | c | d;
constexpr unsigned from_c = c | d;

// clang-format off
constexpr Row rows[] = {
    {any,     "VMCS {~}, last attempted VM-entry on CPU {d processor}", Mark::starts, from_b},
    {guest,   "*** Guest State ***", Mark::header},
    {guest,   "CR0: actual=0x{16 guest.cr0}, shadow=0x{16 control.cr0_shadow}, gh_mask={16 control.cr0_mask}", Mark::always},
    {guest,   "CR4: actual=0x{16 guest.cr4}, shadow=0x{16 control.cr4_shadow}, gh_mask={16 control.cr4_mask}", Mark::always},
    {guest,   "CR3 = 0x{16 guest.cr3}", Mark::always},
    {guest,   "PDPTR0 = 0x{16 guest.pdpte0}  PDPTR1 = 0x{16 guest.pdpte1}"},
    {guest,   "PDPTR2 = 0x{16 guest.pdpte2}  PDPTR3 = 0x{16 guest.pdpte3}"},
    {guest,   "RSP = 0x{16 guest.rsp}  RIP = 0x{16 guest.rip}", Mark::always},
    {guest,   "RFLAGS=0x{8 guest.rflags}         DR7 = 0x{16 guest.dr7}", Mark::always},
    {guest,   "Sysenter RSP={16 guest.sysenter_esp} CS:RIP={4 guest.sysenter_cs}:{16 guest.sysenter_eip}"},
    {guest,   "CS:   sel=0x{4 guest.cs_selector}, attr=0x{5 guest.cs_access_rights}, limit=0x{8 guest.cs_limit}, base=0x{16 guest.cs_base}", Mark::always},
    {guest,   "DS:   sel=0x{4 guest.ds_selector}, attr=0x{5 guest.ds_access_rights}, limit=0x{8 guest.ds_limit}, base=0x{16 guest.ds_base}", Mark::always},
    {guest,   "SS:   sel=0x{4 guest.ss_selector}, attr=0x{5 guest.ss_access_rights}, limit=0x{8 guest.ss_limit}, base=0x{16 guest.ss_base}", Mark::always},
    {guest,   "ES:   sel=0x{4 guest.es_selector}, attr=0x{5 guest.es_access_rights}, limit=0x{8 guest.es_limit}, base=0x{16 guest.es_base}", Mark::always},
    {guest,   "FS:   sel=0x{4 guest.fs_selector}, attr=0x{5 guest.fs_access_rights}, limit=0x{8 guest.fs_limit}, base=0x{16 guest.fs_base}", Mark::always},
    {guest,   "GS:   sel=0x{4 guest.gs_selector}, attr=0x{5 guest.gs_access_rights}, limit=0x{8 guest.gs_limit}, base=0x{16 guest.gs_base}", Mark::always},
    {guest,   "GDTR:                           limit=0x{8 guest.gdtr_limit}, base=0x{16 guest.gdtr_base}", Mark::always},
    {guest,   "LDTR: sel=0x{4 guest.ldtr_selector}, attr=0x{5 guest.ldtr_access_rights}, limit=0x{8 guest.ldtr_limit}, base=0x{16 guest.ldtr_base}", Mark::always},
    {guest,   "IDTR:                           limit=0x{8 guest.idtr_limit}, base=0x{16 guest.idtr_base}", Mark::always},
    {guest,   "TR:   sel=0x{4 guest.tr_selector}, attr=0x{5 guest.tr_access_rights}, limit=0x{8 guest.tr_limit}, base=0x{16 guest.tr_base}", Mark::always},
    {guest,   "EFER =     0x{16 guest.efer}  PAT = 0x{16 guest.pat}", Mark::none, a},
    {guest,   "EFER= 0x{16 guest.efer}", Mark::none, from_b},
    {guest,   "EFER= 0x{16 effective_efer} (effective)", Mark::effective, from_b},
    {guest,   "EFER= 0x{16 autoload_efer} (autoload)", Mark::autoload, from_b},
    {guest,   "PAT = 0x{16 guest.pat}", Mark::none, from_b},
    {guest,   "DebugCtl = 0x{16 guest.debugctl}  DebugExceptions = 0x{16 guest.pending_debug}", Mark::always},
    {guest,   "PerfGlobCtl = 0x{16 guest.perf_global_ctrl}"},
    {guest,   "BndCfgS = 0x{16 guest.bndcfgs}"},
    {guest,   "Interruptibility = {8 guest.interruptibility}  ActivityState = {8 guest.activity}", Mark::always},
    {guest,   "InterruptStatus = {4 guest.interrupt_status}"},
    {guest,   "MSR guest autoload:", Mark::entry_load, from_b},
    {any,     "{d msr.number}: msr=0x{8 msr.index} value=0x{16 msr.value}", Mark::none, from_b},
    {guest,   "MSR guest autostore:", Mark::other_area, from_b},
    {host,    "*** Host State ***", Mark::header},
    {host,    "RIP = 0x{16 host.rip}  RSP = 0x{16 host.rsp}", Mark::always},
    {host,    "CS={4 host.cs_selector} SS={4 host.ss_selector} DS={4 host.ds_selector} ES={4 host.es_selector} FS={4 host.fs_selector} GS={4 host.gs_selector} TR={4 host.tr_selector}", Mark::always},
    {host,    "FSBase={16 host.fs_base} GSBase={16 host.gs_base} TRBase={16 host.tr_base}", Mark::always},
    {host,    "GDTBase={16 host.gdtr_base} IDTBase={16 host.idtr_base}", Mark::always},
    {host,    "CR0={16 host.cr0} CR3={16 host.cr3} CR4={16 host.cr4}", Mark::always},
    {host,    "Sysenter RSP={16 host.sysenter_esp} CS:RIP={4 host.sysenter_cs}:{16 host.sysenter_eip}"},
    {host,    "EFER =     0x{16 host.efer}  PAT = 0x{16 host.pat}", Mark::none, a},
    {host,    "EFER= 0x{16 host.efer}", Mark::none, from_b},
    {host,    "PAT = 0x{16 host.pat}", Mark::none, from_b},
    {host,    "PerfGlobCtl = 0x{16 host.perf_global_ctrl}"},
    {host,    "MSR host autoload:", Mark::other_area, from_b},
    {control, "*** Control State ***", Mark::header},
    {control, "PinBased={8 control.pin} CPUBased={8 control.proc} SecondaryExec={8 control.proc2}", Mark::none, a | b},
    {control, "EntryControls={8 control.entry} ExitControls={8 control.exit}", Mark::always, a | b},
    {control, "CPUBased=0x{8 control.proc} SecondaryExec=0x{8 control.proc2} TertiaryExec=0x{16 control.proc3}", Mark::none, from_c},
    {control, "PinBased=0x{8 control.pin} EntryControls={8 control.entry} ExitControls={8 control.exit}", Mark::none, from_c},
    {control, "ExceptionBitmap={8 control.exception_bitmap} PFECmask={8 control.page_fault_mask} PFECmatch={8 control.page_fault_match}", Mark::always},
    {control, "VMEntry: intr_info={8 control.injected_event} errcode={8 control.injected_event_error_code} ilen={8 control.entry_instruction_length}", Mark::always},
    {control, "VMExit: intr_info={8 information.exiting_event} errcode={8 information.exiting_event_error_code} ilen={8 information.exit_instruction_length}", Mark::always},
    {control, "reason={8 information.exit_reason} qualification={16 information.exit_qualification}", Mark::always},
    {control, "IDTVectoring: info={8 information.original_event} errcode={8 information.original_event_error_code}", Mark::always},
    {control, "TSC Offset = 0x{16 control.tsc_offset}", Mark::always},
    {control, "TSC Multiplier = 0x{16 control.tsc_multiplier}"},
    {control, "SVI|RVI = {2}|{2}", Mark::none, 0},
    {control, "TPR Threshold = 0x{2 control.tpr_threshold}"},
    {control, "APIC-access addr = 0x{16 control.apic_access}"},
    {control, "virt-APIC addr = 0x{16 control.virtual_apic}"},
    {control, "PostedIntrVec = 0x{2 control.posted_interrupt_vector}"},
    {control, "EPT pointer = 0x{16 control.eptp}"},
    {control, "CR3 target0={16 control.cr3_target_0} target1={16 control.cr3_target_1}", Mark::none, a},
    {control, "CR3 target2={16 control.cr3_target_2} target3={16 control.cr3_target_3}", Mark::none, a},
    {control, "PLE Gap={8 control.ple_gap} Window={8 control.ple_window}"},
    {control, "Virtual processor ID = 0x{4 control.vpid}"},
    {control, "VE info address = 0x{16 control.ve_information}", Mark::none, d},
    // QEMU and other programs that use KVM, when KVM_RUN returns KVM_EXIT_FAIL_ENTRY.
    {any,     "hardware error 0x{x error}", Mark::none, 0},
    {any,     "hardware_entry_failure_reason = 0x{x error}", Mark::none, 0},
};
// clang-format on

constexpr std::string_view whole =
    "the whole dump: echo Y > /sys/module/kvm_intel/parameters/dump_invalid_vmcs (or boot with "
    "kvm_intel.dump_invalid_vmcs=1), let it fail again, journalctl -k -o cat";

constexpr Collection collection[] = {
    {"guest.cr0", whole},
    {"host.cr0", whole},
    {"control.pin", whole},
    {"information.instruction_error",
     "the number in QEMU's line \"KVM: entry failed, hardware error 0x...\": KVM does not print the VM-instruction "
     "error"},
    {"control.",
     "fields that dump_vmcs never prints (addresses of bitmaps and MSR areas, counts, PML, VM functions): add "
     "vmcs_read64() lines to dump_vmcs, or give them as --assume NAME=VALUE"},
    {"guest.link_pointer",
     "the VMCS link pointer, which dump_vmcs never prints: KVM sets it to FFFFFFFFFFFFFFFFH unless a "
     "shadow VMCS is in use, as --assume guest.link_pointer=0xffffffffffffffff"},
    {"capability.",
     "capability MSRs, on the host: modprobe msr; for n in $(seq 1152 1171); do printf '0x%x 0x%s\\n' $n "
     "$(rdmsr -0 $n); done (Debian: msr-tools), as a profile for --cpu"},
    {"processor.", "the processor's features, on the host: cpuid -1 -r (Debian: cpuid), as a profile for --cpu"},
    {"memory.",
     "memory that checks read: the PDPTEs at guest CR3 (QEMU monitor: xp/4gx ADDRESS), as --assume "
     "memory.pdpte0=..."},
};

}  // namespace

std::span<const Row> kvm_rows() { return rows; }

std::span<const Collection> kvm_collection() { return collection; }

}  // namespace vmxspec::query
