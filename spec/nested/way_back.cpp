#include "spec/nested/way_back.hpp"

#include "spec/lang/known.hpp"
#include "spec/nested/control_bits.hpp"

#include <algorithm>

namespace vmxspec::nested {

namespace {

bool read_only(const Leaf& leaf) { return Encoding{leaf.key}.area() == Area::read_only; }
bool of_guest(const Leaf& leaf) { return Encoding{leaf.key}.area() == Area::guest; }

/// CR4 bits that only L0 owns: L2 has not changed them.
Bits<64> only_l0(const State& s) { return ~Bits<64>{s.control.cr4_mask} & std::uint64_t{cr4_bits.smxe}; }

Bits<32> low_half(const load::LoadRow& row) { return row.value.slice<31, 0>(); }

void information(FieldTable& table, const State& s, const View& vmcs02) {
    const auto& information = s.information;
    const auto same = [&](const auto&... field) {
        (table.add(leaf_of(field), constant(s.graph(), true), vmcs02(node_of(field))), ...);
    };
    table.section({"30.2", "Recording VM-Exit Information and Updating VM-Entry Control Fields"});
    same(information.guest_physical_address, information.exit_reason, information.exiting_event,
         information.exiting_event_error_code, information.original_event, information.original_event_error_code,
         information.exit_instruction_length, information.exit_instruction_information, information.exit_qualification,
         information.guest_linear_address);
}

void entry_controls(FieldTable& table, const State& s, const View& exiting, const load::LoadTable& after_exit) {
    table.add(s.control.injected_event, exiting(low_half(after_exit["vmcs.injected_event"])));
    table.add(s.control.entry, exiting(low_half(after_exit["vmcs.entry"])));
}

void guest_state(FieldTable& table, const State& s, const View& vmcs02) {
    const auto& [guest, control] = std::tie(s.guest, s.control);
    const auto& exit = control.exit;
    const auto same_if = [&](Bool changes, const auto&... field) {
        (table.add(leaf_of(field), changes, vmcs02(node_of(field))), ...);
    };
    const Bool always = constant(s.graph(), true);
    table.section({"30.3.1", "Saving Control Registers, Debug Registers, and MSRs"});
    same_if(always, guest.cr0, guest.cr3, guest.sysenter_cs, guest.sysenter_esp, guest.sysenter_eip);
    table.add(guest.cr4, (vmcs02(Bits<64>{guest.cr4}) & ~only_l0(s)) | (guest.cr4 & only_l0(s)));
    same_if(exit.save_debug_controls, guest.dr7, guest.debugctl);
    same_if(exit.save_pat, guest.pat);
    same_if(exit.save_efer, guest.efer);

    table.section({"30.3.2", "Saving Segment Registers and Descriptor-Table Registers"});
    same_if(always, guest.es_selector, guest.cs_selector, guest.ss_selector, guest.ds_selector, guest.fs_selector,
            guest.gs_selector, guest.ldtr_selector, guest.tr_selector);
    same_if(always, guest.es_limit, guest.cs_limit, guest.ss_limit, guest.ds_limit, guest.fs_limit, guest.gs_limit,
            guest.ldtr_limit, guest.tr_limit, guest.gdtr_limit, guest.idtr_limit);
    same_if(always, guest.es_access_rights, guest.cs_access_rights, guest.ss_access_rights, guest.ds_access_rights,
            guest.fs_access_rights, guest.gs_access_rights, guest.ldtr_access_rights, guest.tr_access_rights);
    same_if(always, guest.es_base, guest.cs_base, guest.ss_base, guest.ds_base, guest.fs_base, guest.gs_base,
            guest.ldtr_base, guest.tr_base, guest.gdtr_base, guest.idtr_base);

    table.section({"30.3.3", "Saving RIP, RSP, RFLAGS, and SSP"});
    same_if(always, guest.rip, guest.rsp, guest.rflags);

    table.section({"30.3.4", "Saving Non-Register State"});
    same_if(always, guest.activity, guest.interruptibility, guest.pending_debug);
    same_if(exit.save_preemption_timer, guest.preemption_timer);
    same_if(s.proc2.enable_ept, guest.pdpte0, guest.pdpte1, guest.pdpte2, guest.pdpte3);
}

/// Registers of `after_exit` that are fields of VMCS01's guest-state area. The MSRs that it has and that are not here
/// (PKRS, CET, FRED, MPX, LBRs, Intel PT) stay in the processor: L1 is offered no control that loads or clears them.
constexpr std::array l1_registers{
    "cr0",    "cr3",    "cr4",    "dr7",      "debugctl",      "sysenter_cs", "sysenter_esp", "sysenter_eip",
    "efer",   "pat",    "rip",    "rsp",      "rflags",        "cs",          "ss",           "ds",
    "es",     "fs",     "gs",     "tr",       "ldtr",          "gdtr",        "idtr",         "pdpte0",
    "pdpte1", "pdpte2", "pdpte3", "activity", "pending_debug",
};

bool is_of_l1(std::string_view row) {
    return std::ranges::find(l1_registers, row.substr(0, row.find('.'))) != l1_registers.end();
}

/// Blocking by NMI in VMCS01, where NMIs are virtual: an NMI that exits blocks; without virtual NMIs of L1's, L2's
/// blocking goes on; with them L1's own, which no entry of L2 changes.
Bits<32> l1_interruptibility(const State& s, const View& vmcs02, Bits<32> before) {
    constexpr std::uint64_t nmi = interruptibility_bits.nmi;
    const Bits<32> l2 = vmcs02(Bits<32>{s.guest.interruptibility}) & nmi;
    const Bits<32> kept = select(s.control.pin.virtual_nmis, before & nmi, l2);
    return select<32>(s.exiting.by_nmi, before.same(nmi), kept);
}

}  // namespace

View exited_vmcs02(State& s) {
    View view{s.graph()};
    for (std::size_t n = 0, count = s.leaves().size(); n < count; ++n) {
        const Leaf& leaf = s.leaves()[n];
        if (leaf.source != Source::vmcs || !(read_only(leaf) || of_guest(leaf))) continue;
        std::string name = leaf.name;
        std::ranges::replace(name, '.', '_');
        view.put(n, s.node(copy_of(s, n, "vmcs02." + name)));
    }
    return view;
}

View exiting_view(const State& s, const View& vmcs02) {
    const auto& [exiting, guest] = std::tie(s.exiting, s.guest);
    View view{s.graph()};
    view.put(leaf_of(exiting.cr0), vmcs02(guest.cr0.id()));
    view.put(leaf_of(exiting.cr3), vmcs02(guest.cr3.id()));
    view.put(leaf_of(exiting.cr4), vmcs02(guest.cr4.id()));
    view.put(leaf_of(exiting.efer), vmcs02(guest.efer.id()));
    view.put(leaf_of(exiting.ends_in_smm), constant(s.graph(), false).id());
    return view;
}

FieldTable saved_rows(const State& s, const View& vmcs02, const load::LoadTable& after_exit) {
    FieldTable table{s};
    information(table, s, vmcs02);
    entry_controls(table, s, exiting_view(s, vmcs02), after_exit);
    guest_state(table, s, vmcs02);
    table.sort();
    return table;
}

FieldTable l1_rows(const State& s, const View& vmcs02, const Level0& l0, const load::LoadTable& after_exit) {
    const View exiting = exiting_view(s, vmcs02);
    const Bool always = constant(s.graph(), true);
    const Evaluation whatever{s.graph(), {}};  // the leaves are
    FieldTable table{s};
    for (const load::LoadRow& row : after_exit) {
        if (!is_of_l1(row.name)) continue;
        std::string name = "guest." + row.name;
        std::ranges::replace(name.begin() + 6, name.end(), '.', '_');
        const std::size_t leaf = s.leaf(name);
        const unsigned width = s.leaves()[leaf].width;
        const NodeId kept_from = vmcs02(s.node(leaf));
        Graph& graph = s.graph();
        const Bits<64> kept{&graph, width == 64 ? kept_from : graph.make(Op::extend, 64, {kept_from})};
        const bool keeps_nothing = whatever.value(row.kept.id()) == 0;
        const Bits<64> value = exiting(keeps_nothing ? row.value : row.value | (row.kept & kept));
        table.section(row.citation);
        // PDPTEs are registers with PAE paging only; a VM entry does not look at the fields otherwise (29.3.1.6).
        const Bool changes = row.name.starts_with("pdpte") ? exiting(row.defined) != 0 : always;
        table.add(leaf, changes, width == 64 ? value.id() : graph.make(Op::extract, width, {value.id()}, 0));
    }
    table.section({"30.5.5", "Updating Non-Register State"});
    table.add(s.guest.interruptibility, l1_interruptibility(s, vmcs02, l0.vmcs01(Bits<32>{s.guest.interruptibility})));
    table.section({"30.5.1", "Loading Host Control Registers, Debug Registers, MSRs"});
    table.add(s.control.cr0_shadow, exiting(after_exit["cr0"].value));
    table.add(s.control.cr4_shadow, exiting(after_exit["cr4"].value));
    // L1 goes on in 64-bit mode if its exit is to 64-bit mode, and no event is injected into it.
    constexpr std::uint64_t ia32e = entry_bits.ia32e_mode_guest;
    const Bits<32> entry = l0.vmcs01(Bits<32>{s.control.entry});
    table.section({"30.5", "Loading Host State"});
    table.add(s.control.entry,
              (entry & (~ia32e & low_bits(32))) | only_if(s.control.exit.host_address_space_size, entry.same(ia32e)));
    table.add(s.control.injected_event, entry.same(0));
    table.sort();
    return table;
}

namespace {
constexpr std::uint32_t ia32_perf_global_ctrl = 0x38f;
}  // namespace

std::vector<SoftwareLoad> entry_software_loads(const State& s) {
    const auto& [guest, entry] = std::tie(s.guest, s.control.entry);
    return {{ia32_perf_global_ctrl,
             {"29.3.2.1", "Loading Guest Control Registers, Debug Registers, and MSRs"},
             entry.load_perf_global_ctrl,
             guest.perf_global_ctrl}};
}

std::vector<SoftwareLoad> exit_software_loads(const State& s) {
    const auto& [host, exit] = std::tie(s.host, s.control.exit);
    return {{ia32_perf_global_ctrl,
             {"30.5.1", "Loading Host Control Registers, Debug Registers, MSRs"},
             exit.load_perf_global_ctrl,
             host.perf_global_ctrl}};
}

std::vector<MsrField> msr_fields(const State& s) {
    const auto& guest = s.guest;
    return {
        {0x174, leaf_of(guest.sysenter_cs)}, {0x175, leaf_of(guest.sysenter_esp)}, {0x176, leaf_of(guest.sysenter_eip)},
        {0x1d9, leaf_of(guest.debugctl)},    {0x277, leaf_of(guest.pat)},          {0xc0000080, leaf_of(guest.efer)},
    };
}

}  // namespace vmxspec::nested
