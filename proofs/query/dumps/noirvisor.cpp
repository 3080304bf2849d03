// NoirVisor's nvc_vt_dump_vmcs_guest_state (src/vt_core/vt_exit.c). Numbers are hexadecimal as short as they are, bases
// and pointers have all digits; of control registers, DR7 and RFLAGS only bits 31:0 are printed.
#include "proofs/query/dumps/failure.hpp"
#include "proofs/query/dumps/reader.hpp"
#include "proofs/query/dumps/sectioned.hpp"

namespace vmxspec::query {

namespace {

using enum Section;

// clang-format off
constexpr Row rows[] = {
    {guest,   "Dumping VMCS Guest State Area...", Mark::header},
    {guest,   "Guest CS Segment - Selector: 0x{x guest.cs_selector} Access-Rights: 0x{x guest.cs_access_rights} Limit: 0x{x guest.cs_limit} Base: 0x{16 guest.cs_base}", Mark::always},
    {guest,   "Guest DS Segment - Selector: 0x{x guest.ds_selector} Access-Rights: 0x{x guest.ds_access_rights} Limit: 0x{x guest.ds_limit} Base: 0x{16 guest.ds_base}", Mark::always},
    {guest,   "Guest ES Segment - Selector: 0x{x guest.es_selector} Access-Rights: 0x{x guest.es_access_rights} Limit: 0x{x guest.es_limit} Base: 0x{16 guest.es_base}", Mark::always},
    {guest,   "Guest FS Segment - Selector: 0x{x guest.fs_selector} Access-Rights: 0x{x guest.fs_access_rights} Limit: 0x{x guest.fs_limit} Base: 0x{16 guest.fs_base}", Mark::always},
    {guest,   "Guest GS Segment - Selector: 0x{x guest.gs_selector} Access-Rights: 0x{x guest.gs_access_rights} Limit: 0x{x guest.gs_limit} Base: 0x{16 guest.gs_base}", Mark::always},
    {guest,   "Guest SS Segment - Selector: 0x{x guest.ss_selector} Access-Rights: 0x{x guest.ss_access_rights} Limit: 0x{x guest.ss_limit} Base: 0x{16 guest.ss_base}", Mark::always},
    {guest,   "Guest Task Register - Selector: 0x{x guest.tr_selector} Access-Rights: 0x{x guest.tr_access_rights} Limit: 0x{x guest.tr_limit} Base: 0x{16 guest.tr_base}", Mark::always},
    {guest,   "Guest LDT Register - Selector: 0x{x guest.ldtr_selector} Access-Rights: 0x{x guest.ldtr_access_rights} Limit: 0x{x guest.ldtr_limit} Base: 0x{16 guest.ldtr_base}", Mark::always},
    {guest,   "Guest GDTR Limit: 0x{x guest.gdtr_limit} Base: 0x{16 guest.gdtr_base} Guest IDTR Limit: 0x{x guest.idtr_limit} Base: 0x{16 guest.idtr_base}", Mark::always},
    {guest,   "Guest Control & Debug Registers - CR0: 0x{l guest.cr0} CR3: 0x{16 guest.cr3} CR4: 0x{l guest.cr4} DR7: 0x{l guest.dr7}", Mark::always},
    {guest,   "Guest Special GPRs: Rsp: 0x{16 guest.rsp} Rip: 0x{16 guest.rip} RFlags: 0x{l guest.rflags}", Mark::always},
    {guest,   "Guest Special GPRs: Rsp: 0x{16 guest.rsp} Rip: 0x{16 guest.rip} RFlags: 0x{l guest.rflags} Ssp: 0x{16 guest.ssp}"},
    {guest,   "Guest Activity State: {d guest.activity} Interruptibility State: 0x{x guest.interruptibility} Pending Debug Exceptions: 0x{l guest.pending_debug}", Mark::always},
    {guest,   "Guest EFER: 0x{x guest.efer} PAT: 0x{x guest.pat} Debug Control: 0x{x guest.debugctl}", Mark::always},
    {guest,   "Guest VMCS Link Pointer: 0x{16 guest.link_pointer}", Mark::always},
    {guest,   "Guest PDPTE0: 0x{x guest.pdpte0} PDPTE1: 0x{x guest.pdpte1} PDPTE2: 0x{x guest.pdpte2} PDPTE3: 0x{x guest.pdpte3}", Mark::always},
    {control, "Pin-Based Controls: 0x{x control.pin} Primary Controls: 0x{x control.proc} Secondary Controls: 0x{x control.proc2} Exception Bitmap: 0x{x control.exception_bitmap}", Mark::always},
    {control, "VM-Exit Controls: 0x{x control.exit} VM-Entry Controls: 0x{x control.entry}", Mark::always},
    {control, "EPT Pointer: 0x{x control.eptp}", Mark::always},
    {control, "Event Injection: 0x{x control.injected_event}", Mark::always},
};
// clang-format on

constexpr std::string_view add =
    "the fields that nvc_vt_dump_vmcs_guest_state leaves out (the host state, addresses, counts, "
    "the error code of the injected event): add noir_vt_vmread lines to it";

constexpr Collection collection[] = {
    {"control.", add},
    {"host.", add},
    {"guest.", add},
    {"capability.",
     "capability MSRs 480H to 493H (RDMSR in a kernel debugger, or rdmsr of msr-tools under Linux), as a "
     "profile for --cpu"},
    {"processor.", "the processor's features (CPUID), as a profile for --cpu"},
    {"memory.", "memory that checks read, as --assume memory.pdpte0=..."},
};

void mark(const SectionedDump&, KnownState& state) { mark_left_over(state); }

bool recognises(std::string_view text) {
    return text.find("Access-Rights: 0x") != std::string_view::npos ||
           text.find("Dumping VMCS Guest State Area") != std::string_view::npos;
}

std::vector<KnownState> read(const State& state, std::string_view text, const std::string& where) {
    static const SectionedFormat format{"NoirVisor", rows, is_of_earlier_exit, mark, collection};
    return read_sectioned(state, format, text, where);
}

}  // namespace

const Reader noirvisor_reader{"noirvisor", "NoirVisor's lines Guest CS Segment - Selector: 0x...", recognises, read};

}  // namespace vmxspec::query
