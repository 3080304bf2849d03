#include "proofs/query/dumps/xen_rows.hpp"

namespace vmxspec::query {

namespace {

using enum Section;
using namespace xen_era;

constexpr unsigned from_x2 = x2 | x3 | x4;

// clang-format off
constexpr Row rows[] = {
    {any,     "vmentry failure (reason 0x{8 banner_reason})", Mark::starts, x2 | x3 | x4},
    {any,     "Failed vm entry (exit reason 0x{8 banner_reason})", Mark::starts, x1},
    {any,     "MSR loading (entry {d refused_entry})", Mark::none, 0},
    {any,     "msr {8 refused_msr} val {x refused_data} (mbz 0)", Mark::none, 0},
    {any,     "msr {8 refused_msr} val {x refused_data} (mbz 0x{x refused_bits})", Mark::none, 0},
    {any,     "caused by MSR entry {d refused_number} loading", Mark::none, 0},
    {any,     "VMLAUNCH error: 0x{x error}", Mark::starts, 0},
    {any,     "VMRESUME error: 0x{x error}", Mark::starts, 0},
    {any,     "VMCS Area", Mark::starts, 0},
    {guest,   "*** Guest State ***", Mark::header},
    {guest,   "CR0: actual=0x{16 guest.cr0}, shadow=0x{16 control.cr0_shadow}, gh_mask={16 control.cr0_mask}", Mark::always},
    {guest,   "CR4: actual=0x{16 guest.cr4}, shadow=0x{16 control.cr4_shadow}, gh_mask={16 control.cr4_mask}", Mark::always},
    {guest,   "CR3: actual=0x{16 guest.cr3}, target_count={d control.cr3_target_count}", Mark::none, x1},
    {guest,   "target0={16 control.cr3_target_0}, target1={16 control.cr3_target_1}", Mark::none, x1},
    {guest,   "target2={16 control.cr3_target_2}, target3={16 control.cr3_target_3}", Mark::none, x1},
    {guest,   "CR3 = 0x{16 guest.cr3}", Mark::always, from_x2},
    {guest,   "PDPTE0 = 0x{16 guest.pdpte0}  PDPTE1 = 0x{16 guest.pdpte1}", Mark::none, from_x2},
    {guest,   "PDPTE2 = 0x{16 guest.pdpte2}  PDPTE3 = 0x{16 guest.pdpte3}", Mark::none, from_x2},
    {guest,   "RSP = 0x{16 guest.rsp} (0x{16})  RIP = 0x{16 guest.rip} (0x{16})", Mark::always},
    {guest,   "RFLAGS=0x{8 guest.rflags} (0x{8})  DR7 = 0x{16 guest.dr7}", Mark::always},
    {guest,   "Sysenter RSP={16 guest.sysenter_esp} CS:RIP={4 guest.sysenter_cs}:{16 guest.sysenter_eip}"},
    {guest,   "CS: sel=0x{4 guest.cs_selector}, attr=0x{5 guest.cs_access_rights}, limit=0x{8 guest.cs_limit}, base=0x{16 guest.cs_base}", Mark::none, x1},
    {guest,   "CS: {4 guest.cs_selector} {5 guest.cs_access_rights} {8 guest.cs_limit} {16 guest.cs_base}", Mark::always, from_x2},
    {guest,   "DS: sel=0x{4 guest.ds_selector}, attr=0x{5 guest.ds_access_rights}, limit=0x{8 guest.ds_limit}, base=0x{16 guest.ds_base}", Mark::none, x1},
    {guest,   "DS: {4 guest.ds_selector} {5 guest.ds_access_rights} {8 guest.ds_limit} {16 guest.ds_base}", Mark::always, from_x2},
    {guest,   "SS: sel=0x{4 guest.ss_selector}, attr=0x{5 guest.ss_access_rights}, limit=0x{8 guest.ss_limit}, base=0x{16 guest.ss_base}", Mark::none, x1},
    {guest,   "SS: {4 guest.ss_selector} {5 guest.ss_access_rights} {8 guest.ss_limit} {16 guest.ss_base}", Mark::always, from_x2},
    {guest,   "ES: sel=0x{4 guest.es_selector}, attr=0x{5 guest.es_access_rights}, limit=0x{8 guest.es_limit}, base=0x{16 guest.es_base}", Mark::none, x1},
    {guest,   "ES: {4 guest.es_selector} {5 guest.es_access_rights} {8 guest.es_limit} {16 guest.es_base}", Mark::always, from_x2},
    {guest,   "FS: sel=0x{4 guest.fs_selector}, attr=0x{5 guest.fs_access_rights}, limit=0x{8 guest.fs_limit}, base=0x{16 guest.fs_base}", Mark::none, x1},
    {guest,   "FS: {4 guest.fs_selector} {5 guest.fs_access_rights} {8 guest.fs_limit} {16 guest.fs_base}", Mark::always, from_x2},
    {guest,   "GS: sel=0x{4 guest.gs_selector}, attr=0x{5 guest.gs_access_rights}, limit=0x{8 guest.gs_limit}, base=0x{16 guest.gs_base}", Mark::none, x1},
    {guest,   "GS: {4 guest.gs_selector} {5 guest.gs_access_rights} {8 guest.gs_limit} {16 guest.gs_base}", Mark::always, from_x2},
    {guest,   "GDTR:                           limit=0x{8 guest.gdtr_limit}, base=0x{16 guest.gdtr_base}", Mark::none, x1},
    {guest,   "GDTR:            {8 guest.gdtr_limit} {16 guest.gdtr_base}", Mark::always, from_x2},
    {guest,   "LDTR: sel=0x{4 guest.ldtr_selector}, attr=0x{5 guest.ldtr_access_rights}, limit=0x{8 guest.ldtr_limit}, base=0x{16 guest.ldtr_base}", Mark::none, x1},
    {guest,   "LDTR: {4 guest.ldtr_selector} {5 guest.ldtr_access_rights} {8 guest.ldtr_limit} {16 guest.ldtr_base}", Mark::always, from_x2},
    {guest,   "IDTR:                           limit=0x{8 guest.idtr_limit}, base=0x{16 guest.idtr_base}", Mark::none, x1},
    {guest,   "IDTR:            {8 guest.idtr_limit} {16 guest.idtr_base}", Mark::always, from_x2},
    {guest,   "TR: sel=0x{4 guest.tr_selector}, attr=0x{5 guest.tr_access_rights}, limit=0x{8 guest.tr_limit}, base=0x{16 guest.tr_base}", Mark::none, x1},
    {guest,   "TR: {4 guest.tr_selector} {5 guest.tr_access_rights} {8 guest.tr_limit} {16 guest.tr_base}", Mark::always, from_x2},
    {guest,   "Guest PAT = 0x{16 guest.pat}", Mark::none, x1},
    {guest,   "EFER = 0x{16 guest.efer}  PAT = 0x{16 guest.pat}", Mark::none, x2},
    {guest,   "EFER(VMCS) = 0x{16 guest.efer}  PAT = 0x{16 guest.pat}", Mark::none, x3 | x4},
    {guest,   "EFER(MSR LL) = 0x{16 autoload_efer}  PAT = 0x{16 guest.pat}", Mark::autoload, 0},
    {guest,   "PreemptionTimer = 0x{8 guest.preemption_timer}  SM Base = 0x{8 guest.smbase}", Mark::none, from_x2},
    {guest,   "TSC Offset = {16 control.tsc_offset}", Mark::none, x1},
    {guest,   "DebugCtl = 0x{16 guest.debugctl}  DebugExceptions = 0x{16 guest.pending_debug}", Mark::always},
    {guest,   "PerfGlobCtl = 0x{16 guest.perf_global_ctrl}  BndCfgS = 0x{16 guest.bndcfgs}", Mark::none, from_x2},
    {guest,   "Interruptibility = {4 guest.interruptibility}  ActivityState = {4 guest.activity}", Mark::always},
    {guest,   "InterruptStatus = {4 guest.interrupt_status}", Mark::none, from_x2},
    {guest,   "SPEC_CTRL mask = 0x{16 control.spec_ctrl_mask}  shadow = 0x{16 control.spec_ctrl_shadow}", Mark::none, x4},
    {host,    "*** Host State ***", Mark::header},
    {host,    "RSP = 0x{16 host.rsp}  RIP = 0x{16 host.rip}", Mark::none, x1},
    {host,    "RIP = 0x{16 host.rip} ({~})  RSP = 0x{16 host.rsp}", Mark::always, from_x2},
    {host,    "CS={4 host.cs_selector} DS={4 host.ds_selector} ES={4 host.es_selector} FS={4 host.fs_selector} GS={4 host.gs_selector} SS={4 host.ss_selector} TR={4 host.tr_selector}", Mark::none, x1},
    {host,    "CS={4 host.cs_selector} SS={4 host.ss_selector} DS={4 host.ds_selector} ES={4 host.es_selector} FS={4 host.fs_selector} GS={4 host.gs_selector} TR={4 host.tr_selector}", Mark::always, from_x2},
    {host,    "FSBase={16 host.fs_base} GSBase={16 host.gs_base} TRBase={16 host.tr_base}", Mark::always},
    {host,    "GDTBase={16 host.gdtr_base} IDTBase={16 host.idtr_base}", Mark::always},
    {host,    "CR0={16 host.cr0} CR3={16 host.cr3} CR4={16 host.cr4}", Mark::always},
    {host,    "Sysenter RSP={16 host.sysenter_esp} CS:RIP={4 host.sysenter_cs}:{16 host.sysenter_eip}"},
    {host,    "Host PAT = 0x{16 host.pat}", Mark::none, x1},
    {host,    "EFER = 0x{16 host.efer}  PAT = 0x{16 host.pat}", Mark::none, from_x2},
    {host,    "PerfGlobCtl = 0x{16 host.perf_global_ctrl}", Mark::none, from_x2},
    {control, "*** Control State ***", Mark::header},
    {control, "PinBased={8 control.pin} CPUBased={8 control.proc} SecondaryExec={8 control.proc2}", Mark::none, x1 | x2 | x3},
    {control, "PinBased={8 control.pin} CPUBased={8 control.proc}", Mark::always, x4},
    {control, "SecondaryExec={8 control.proc2} TertiaryExec={16 control.proc3}", Mark::none, x4},
    // The same two lines, as they read when they are joined.
    {control, "PinBased={8 control.pin} CPUBased={8 control.proc} SecondaryExec={8 control.proc2} TertiaryExec={16 control.proc3}", Mark::none, 0},
    {control, "EntryControls={8 control.entry} ExitControls={8 control.exit}", Mark::always},
    {control, "ExceptionBitmap={8 control.exception_bitmap}", Mark::none, x1},
    {control, "ExceptionBitmap={8 control.exception_bitmap} PFECmask={8 control.page_fault_mask} PFECmatch={8 control.page_fault_match}", Mark::none, from_x2},
    {control, "VMEntry: intr_info={8 control.injected_event} errcode={8 control.injected_event_error_code} ilen={8 control.entry_instruction_length}", Mark::always},
    // To 4.5 the length in this line is that of the VM entry; later ones print the right field, which no check reads.
    {control, "VMExit: intr_info={8 information.exiting_event} errcode={8 information.exiting_event_error_code} ilen={8}", Mark::always},
    {control, "reason={8 information.exit_reason} qualification={8}", Mark::always, x1},
    {control, "reason={8 information.exit_reason} qualification={16 information.exit_qualification}", Mark::none, from_x2},
    {control, "IDTVectoring: info={8 information.original_event} errcode={8 information.original_event_error_code}", Mark::always},
    {control, "TSC Offset = 0x{16 control.tsc_offset}", Mark::none, 0},
    {control, "TSC Offset = 0x{16 control.tsc_offset}  TSC Multiplier = 0x{16 control.tsc_multiplier}", Mark::none, from_x2},
    {control, "TPR Threshold = 0x{2 control.tpr_threshold}", Mark::none, x1},
    {control, "TPR Threshold = 0x{2 control.tpr_threshold}  PostedIntrVec = 0x{2 control.posted_interrupt_vector}", Mark::none, from_x2},
    {control, "EPT pointer = 0x{16 control.eptp}", Mark::none, x1},
    {control, "EPT pointer = 0x{16 control.eptp}  EPTP index = 0x{4 control.eptp_index}", Mark::none, from_x2},
    {control, "CR3 target0={16 control.cr3_target_0} target1={16 control.cr3_target_1}", Mark::none, from_x2},
    {control, "CR3 target2={16 control.cr3_target_2} target3={16 control.cr3_target_3}", Mark::none, from_x2},
    {control, "PLE Gap={8 control.ple_gap} Window={8 control.ple_window}", Mark::none, from_x2},
    {control, "Virtual processor ID = 0x{4 control.vpid}", Mark::none, x1},
    {control, "Virtual processor ID = 0x{4 control.vpid} VMfunc controls = {16 control.vm_function}", Mark::none, from_x2},
};
// clang-format on

constexpr std::string_view whole =
    "the whole dump: boot Xen with loglvl=all guest_loglvl=all (its rate limit cuts dumps otherwise) and a serial "
    "console "
    "or a large conring_size, let it fail again, xl dmesg";

constexpr Collection collection[] = {
    {"guest.cr0", whole},
    {"host.cr0", whole},
    {"control.pin", whole},
    {"information.instruction_error",
     "Xen's line \"VMLAUNCH error\" or \"VMRESUME error\": the dump does not hold the "
     "VM-instruction error"},
    {"control.",
     "fields that vmcs_dump_vcpu never prints (addresses of bitmaps and MSR areas, counts): add vmr() lines to it, or "
     "give them as --assume NAME=VALUE"},
    {"guest.link_pointer",
     "the VMCS link pointer, which vmcs_dump_vcpu never prints, as --assume guest.link_pointer=..."},
    {"capability.",
     "capability MSRs: boot a Linux without Xen on this machine, modprobe msr; for n in $(seq 1152 1171); do "
     "printf '0x%x 0x%s\\n' $n $(rdmsr -0 $n); done (Debian: msr-tools), as a profile for --cpu"},
    {"processor.",
     "the processor's features: cpuid -1 -r on a Linux without Xen (Debian: cpuid), as a profile for --cpu"},
    {"memory.", "memory that checks read: the PDPTEs at guest CR3, as --assume memory.pdpte0=..."},
};

}  // namespace

std::span<const Row> xen_rows() { return rows; }

std::span<const Collection> xen_collection() { return collection; }

}  // namespace vmxspec::query
