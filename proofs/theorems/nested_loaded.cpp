// The state that L2 begins with under L0 is the one that VMCS12 would have loaded; the addresses in VMCS02 are L0's;
// MSRs of VMCS12's MSR-load area may go into the fields that hold them.
#include "proofs/theorems/nested_translation.hpp"
#include "spec/nested/control_bits.hpp"

#include <algorithm>
#include <optional>

namespace vmxspec::proofs {

namespace {

using nested::Translation;
using nested::View;

/// A register before a VM entry: as L1 has it, and as the processor has it when L0 enters L2.
struct Before {
    Bits<64> of_l1, of_l0;
};

/// Of the registers that L0's exits change or that L0 loads itself. The others are L1's when L0 enters L2.
std::optional<Before> before(const Specification& spec, const Translation& t, const std::string& name) {
    const auto& [guest, entry] = std::tie(spec.state.guest, spec.state.control.entry);
    // What L0's exits change is something else when L0 enters L2.
    const auto changed = [&](const auto& field, Bool switched) -> Before {
        const Bits<64> value = t.l0.vmcs01(Bits<64>{field});
        return {value, select(switched, ~value, value)};
    };
    const Bool always = constant(spec.state.graph(), true);
    if (name == "dr7") return changed(guest.dr7, always);
    if (name == "debugctl") return changed(guest.debugctl, always);
    if (name == "pat") return changed(guest.pat, t.l0.vmcs01(Bool{entry.load_pat}));
    const Bits<64> counters = t.l0.perf_global_ctrl;
    if (name == "perf_global_ctrl")
        return Before{counters, select<64>(entry.load_perf_global_ctrl, guest.perf_global_ctrl, counters)};
    return std::nullopt;
}

/// Bits of the register in which L0's policy may differ from what VMCS12 asks for.
Bits<64> policy(const Specification& spec, const load::LoadRow& row) {
    constexpr std::uint64_t hlt = 1, btf = nested::debugctl_bits.btf;
    const State& s = spec.state;
    const auto& guest = s.guest;
    if (row.name != "debugctl") return row.value.same(0);
    const Bool traps = any_of({guest.interruptibility.sti, guest.interruptibility.mov_ss, guest.activity == hlt});
    const Bool judged_by_field = all_of({!s.control.entry.load_debug_controls, traps, guest.rflags.tf});
    return only_if(judged_by_field, row.value.same(btf));
}

/// Whatever may be said of the register after VMCS12's entry holds after VMCS02's.
Bool same_after(const Specification& spec, const Translation& t, const load::LoadRow& row) {
    const Bits<64> counted = ~policy(spec, row);
    const auto [v12, d12, k12] = std::tuple{t.as_l1(row.value), t.as_l1(row.defined), t.as_l1(row.kept)};
    const auto [v02, d02, k02] = std::tuple{t.as_l0(row.value), t.as_l0(row.defined), t.as_l0(row.kept)};
    if (const auto known = before(spec, t, row.name)) {
        const Bits<64> is12 = v12 | (k12 & known->of_l1);
        const Bits<64> is02 = v02 | (k02 & known->of_l0);
        return ((is12 ^ is02) & (d12 | k12) & counted) == 0 && ((d12 | k12) & ~(d02 | k02) & counted) == 0;
    }
    return ((v12 ^ v02) & d12 & counted) == 0 && (d12 & ~d02) == 0 && (k12 & ~k02) == 0;
}

/// NMIs that reach L2 are blocked alike, by blocking by NMI or by virtual-NMI blocking.
Bool nmis_blocked_alike(const Specification& spec, const Translation& t) {
    const load::LoadRow& real = spec.after_entry["blocking.nmi"];
    const load::LoadRow& virt = spec.after_entry["blocking.virtual_nmi"];
    const Bits<64> blocked12 = t.as_l1(real.value | virt.value);
    const Bits<64> blocked02 = t.as_l0(real.value | virt.value);
    return (t.as_l1(real.defined) == 1) >> (blocked12 == blocked02);
}

std::vector<Theorem> effective_reads(const Specification& spec, const Translation& t, const std::vector<Bool>& given) {
    const auto& [control, guest] = std::tie(spec.state.control, spec.state.guest);
    std::vector<Theorem> theorems;
    const auto add = [&](const std::string& name, Bits<64> reg, Bits<64> mask, Bits<64> shadow) {
        const Bits<64> read = (reg & ~mask) | (shadow & mask);
        theorems.push_back({"translation/read/" + name,
                            "L2 reads the " + name + " that VMCS12 shows it (28.3)",
                            Form::always,
                            given,
                            t.as_l1(read) == t.as_l0(read),
                            Verdict::proven,
                            {}});
        theorems.push_back({"translation/owned/" + name,
                            "what L1 owns of " + name + ", L2 does not own",
                            Form::always,
                            given,
                            (t.as_l1(mask) & ~t.as_l0(mask)) == 0,
                            Verdict::proven,
                            {}});
    };
    add("cr0", guest.cr0, control.cr0_mask, control.cr0_shadow);
    add("cr4", guest.cr4, control.cr4_mask, control.cr4_shadow);
    return theorems;
}

}  // namespace

std::vector<Theorem> nested_loaded_theorems(Specification& spec, const Translation& t) {
    const std::vector<Bool> given = nested_ground(spec, t);
    std::vector<Theorem> theorems;
    for (const load::LoadRow& row : spec.after_entry) {
        if (row.name == "blocking.nmi" || row.name == "blocking.virtual_nmi") continue;
        theorems.push_back({"translation/loaded/" + row.name,
                            "L2 begins with the " + row.name + " that VMCS12 would have loaded",
                            Form::always,
                            given,
                            same_after(spec, t, row),
                            Verdict::proven,
                            {}});
    }
    theorems.push_back({"translation/loaded/blocking.nmi",
                        "NMIs of L2 are blocked as VMCS12 says",
                        Form::always,
                        given,
                        nmis_blocked_alike(spec, t),
                        Verdict::proven,
                        {}});
    std::ranges::move(effective_reads(spec, t, given), std::back_inserter(theorems));
    return theorems;
}

/// The fields that hold physical addresses: the value does not depend on VMCS12.
std::vector<Theorem> nested_address_theorems(Specification& spec, const Translation& t) {
    State& s = spec.state;
    const auto& c = s.control;
    std::vector<Theorem> theorems;
    for (const std::size_t leaf : {nested::leaf_of(c.io_bitmap_a),
                                   nested::leaf_of(c.io_bitmap_b),
                                   nested::leaf_of(c.msr_bitmap),
                                   nested::leaf_of(c.exit_msr_store),
                                   nested::leaf_of(c.exit_msr_load),
                                   nested::leaf_of(c.entry_msr_load),
                                   nested::leaf_of(c.executive_vmcs),
                                   nested::leaf_of(c.pml),
                                   nested::leaf_of(c.virtual_apic),
                                   nested::leaf_of(c.apic_access),
                                   nested::leaf_of(c.posted_interrupt_descriptor),
                                   nested::leaf_of(c.eptp),
                                   nested::leaf_of(c.eptp_list),
                                   nested::leaf_of(c.vmread_bitmap),
                                   nested::leaf_of(c.vmwrite_bitmap),
                                   nested::leaf_of(c.ve_information),
                                   nested::leaf_of(c.spptp),
                                   nested::leaf_of(c.low_pasid_directory),
                                   nested::leaf_of(c.high_pasid_directory),
                                   nested::leaf_of(c.shared_ept),
                                   nested::leaf_of(c.hlatp),
                                   nested::leaf_of(c.pid_pointer_table),
                                   nested::leaf_of(c.vpid)}) {
        const NodeId value = t.vmcs02.find(leaf)->value;
        View other{spec.graph};
        for (const std::size_t read : spec.graph.support(std::array{value}))
            if (s.leaves()[read].source == Source::vmcs)
                other.put(read, s.node(nested::copy_of(s, read, "other." + std::to_string(read))));
        const NodeId same = spec.graph.make(Op::equal, 0, {value, other(value)});
        theorems.push_back({"translation/own/" + s.leaves()[leaf].name,
                            "two VMCS12 give VMCS02 the same " + std::string{s.leaves()[leaf].manual_name} +
                                ": what L1 writes is no address for the processor",
                            Form::always,
                            {},
                            Bool{&spec.graph, same},
                            Verdict::proven,
                            {}});
    }
    const std::size_t link = nested::leaf_of(s.guest.link_pointer);
    const Bits<64> pointer{&spec.graph, t.vmcs02.find(link)->value};
    theorems.push_back({"translation/own/guest.link_pointer",
                        "VMCS02's VMCS link pointer is that of L0's shadow VMCS, or none",
                        Form::always,
                        {},
                        pointer == t.l0.shadow_vmcs || pointer == ~0ULL,
                        Verdict::proven,
                        {}});
    return theorems;
}

/// What L0 needs of VMCS02 whatever VMCS12 says.
std::vector<Theorem> nested_need_theorems(Specification& spec, const Translation& t) {
    const auto& control = spec.state.control;
    const std::vector<Bool> given = nested_ground(spec, t);
    std::vector<Theorem> theorems;
    const auto need = [&](const char* name, const char* statement, Bool claim) {
        theorems.push_back({std::string{"translation/needs/"} + name,
                            statement,
                            Form::always,
                            given,
                            t.as_l0(claim),
                            Verdict::proven,
                            {}});
    };
    need("ept", "L2 runs under EPT02", spec.state.proc2.enable_ept && control.eptp == t.l0.eptp);
    need("nmi", "NMIs come to L0 while L2 runs", control.pin.nmi_exiting && control.pin.virtual_nmis);
    need("msr", "each RDMSR and WRMSR of L2 exits, or L0's bitmap decides",
         control.proc.use_msr_bitmaps >> (control.msr_bitmap == t.l0.msr_bitmap));
    need("io", "L0's I/O bitmaps are used where VMCS01 uses them",
         t.l0.vmcs01(Bool{control.proc.use_io_bitmaps}) >> control.proc.use_io_bitmaps);
    need("exit", "VM exits of L2 are to 64-bit mode of L0, and save and load IA32_EFER and debug controls",
         all_of({control.exit.host_address_space_size, control.exit.save_efer, control.exit.load_efer,
                 control.exit.save_debug_controls, control.entry.load_efer, control.entry.load_debug_controls}));
    return theorems;
}

/// An entry of the MSR-load area that is accepted keeps the rules of the field that its data goes to.
std::vector<Theorem> nested_msr_theorems(Specification& spec, const Translation& t) {
    State& s = spec.state;
    const auto& one = s.msr_entry;
    std::vector<Theorem> theorems;
    for (const nested::MsrField& msr : t.msrs) {
        const bool is_efer = s.leaves()[msr.leaf].name == "guest.efer";
        const unsigned width = s.leaves()[msr.leaf].width;
        Graph& graph = spec.graph;
        const auto as_field = [&](Bits<64> value) {
            const NodeId word = width == 64 ? value.id() : graph.make(Op::extract, width, {value.id()}, 0);
            View view{graph};
            view.put(msr.leaf, word);
            view.put(t.as_l0);
            return view;
        };
        std::vector<Bool> given = nested_ground(spec, t);
        given.push_back(one.index == msr.index);
        given.push_back(t.as_l1(spec.msr_load.accepted));
        const View after = as_field(is_efer ? t.as_l1(spec.msr_load.efer_after) : Bits<64>{one.data});
        const View earlier = as_field(one.efer_before);
        Bool claim = constant(graph, true);
        for (const Rule& rule : spec.rules) {
            if (rule.kind != RuleKind::check || rule.stage != Stage::guest) continue;
            if (!std::ranges::binary_search(graph.support(std::array{rule.condition.id()}), msr.leaf)) continue;
            if (rule.id.starts_with("guest.pending-dbg.")) continue;  // judged before the area is processed
            claim = claim && after(rule.condition);
            if (is_efer) given.push_back(earlier(rule.condition));
        }
        theorems.push_back({"translation/msr-load/" + s.leaves()[msr.leaf].name,
                            "data that an entry of the MSR-load area may load into " +
                                std::string{s.leaves()[msr.leaf].manual_name} + " keep the field's rules",
                            Form::always,
                            given,
                            claim,
                            Verdict::proven,
                            {}});
    }
    return theorems;
}

}  // namespace vmxspec::proofs
