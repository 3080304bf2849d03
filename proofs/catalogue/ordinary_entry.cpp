#include "proofs/catalogue/ordinary_entry.hpp"

#include "proofs/query/name.hpp"

#include <array>
#include <stdexcept>

namespace vmxspec::catalogue {

namespace {

struct Value {
    std::string_view name;  ///< of a leaf or of its bits
    std::uint64_t value;
};

/// What is not listed is 0.
constexpr std::array table{
    // VMX capabilities: a revision, WB memory, TRUE capability MSRs; the default1 controls (SDM volume 3D, appendix A).
    Value{"capability.basic", 0x00da'0400'0000'0012},
    Value{"capability.pin.must_be_1", 0x16},
    Value{"capability.proc.must_be_1", 0x0401'e172},
    Value{"capability.exit.must_be_1", 0x0003'6dff},
    Value{"capability.entry.must_be_1", 0x11ff},
    Value{"capability.true_pin.must_be_1", 0x16},
    Value{"capability.true_proc.must_be_1", 0x0400'6172},
    Value{"capability.true_exit.must_be_1", 0x0003'6dfb},
    Value{"capability.true_entry.must_be_1", 0x11fb},
    Value{"capability.misc", 0x7004'c1e7},
    Value{"capability.cr0_fixed0", 0x8000'0021},
    Value{"capability.cr0_fixed1", 0xffff'ffff},
    Value{"capability.cr4_fixed0", 0x2000},
    Value{"capability.cr4_fixed1", 0x1'13f7'7fff},
    Value{"capability.ept_vpid", 0x0f01'06f3'41c1},
    // The processor.
    Value{"processor.maxphyaddr", 46},
    Value{"processor.linear_width", 57},
    Value{"processor.speculation_controls", 0x1f},
    Value{"processor.perfmon_version", 5},
    Value{"processor.general_counters", 8},
    Value{"processor.fixed_counters", 4},
    Value{"processor.xss_low", 0x1'9900},
    Value{"feature.fixed_counter_map", 0xf},
    Value{"feature.general_counter_map_ext", 0xff},
    Value{"feature.fixed_counter_map_ext", 0xf},
    Value{"feature.pt_ranges", 2},
    Value{"msr.mtrrcap", 0xd0a},
    Value{"trait.lbr_pairs", 32},
    // The host at VM entry.
    Value{"before.cr0", 0x8005'0033},
    Value{"before.cr3", 0x1000},
    Value{"before.cr4", 0x20a0},
    Value{"before.efer", 0xd01},
    Value{"before.rflags", 2},
    Value{"before.cs_l", 1},
    Value{"before.in_vmx_operation", 1},
    Value{"before.current_vmcs", 0x2000},
    // VM-execution, VM-exit and VM-entry controls.
    Value{"control.pin", 0x3f},
    Value{"control.proc", 0x9400'61f2},
    Value{"control.proc2", 0xaa},
    Value{"control.exit", 0x0033'effb},
    Value{"control.entry", 0x93fb},
    Value{"control.vpid", 1},
    Value{"control.msr_bitmap", 0x3000},
    Value{"control.eptp", 0x401e},
    Value{"control.entry_msr_load", 0x5000},
    Value{"control.entry_msr_load_count", 1},
    Value{"msr_entry.index", 0xc000'0081},
    // The guest: 64-bit mode, flat segments.
    Value{"guest.cr0", 0x8005'0033},
    Value{"guest.cr3", 0x6000},
    Value{"guest.cr4", 0x20a0},
    Value{"guest.efer", 0xd01},
    Value{"guest.pat", 0x0007'0406'0007'0406},
    Value{"guest.dr7", 0x400},
    Value{"guest.rip", 0xffff'ffff'8100'0000},
    Value{"guest.rsp", 0xffff'ffff'8200'0ff0},
    Value{"guest.rflags", 2},
    Value{"guest.link_pointer", ~std::uint64_t{0}},
    Value{"guest.cs_selector", 0x10},
    Value{"guest.cs_limit", 0xffff'ffff},
    Value{"guest.cs_access_rights", 0xa09b},
    Value{"guest.ss_selector", 0x18},
    Value{"guest.ss_limit", 0xffff'ffff},
    Value{"guest.ss_access_rights", 0xc093},
    Value{"guest.ds_selector", 0x18},
    Value{"guest.ds_limit", 0xffff'ffff},
    Value{"guest.ds_access_rights", 0xc093},
    Value{"guest.es_selector", 0x18},
    Value{"guest.es_limit", 0xffff'ffff},
    Value{"guest.es_access_rights", 0xc093},
    Value{"guest.fs_selector", 0x18},
    Value{"guest.fs_limit", 0xffff'ffff},
    Value{"guest.fs_access_rights", 0xc093},
    Value{"guest.gs_selector", 0x18},
    Value{"guest.gs_limit", 0xffff'ffff},
    Value{"guest.gs_access_rights", 0xc093},
    Value{"guest.ldtr_selector", 0x50},
    Value{"guest.ldtr_limit", 0xff},
    Value{"guest.ldtr_access_rights", 0x82},
    Value{"guest.tr_selector", 0x40},
    Value{"guest.tr_limit", 0x67},
    Value{"guest.tr_access_rights", 0x8b},
    Value{"guest.gdtr_limit", 0x7f},
    Value{"guest.idtr_limit", 0xfff},
    // The host after a VM exit, and what a VM exit reads besides.
    Value{"host.cr0", 0x8005'0033},
    Value{"host.cr3", 0x1000},
    Value{"host.cr4", 0x20a0},
    Value{"host.efer", 0xd01},
    Value{"host.pat", 0x0007'0406'0007'0406},
    Value{"host.cs_selector", 0x10},
    Value{"host.ss_selector", 0x18},
    Value{"host.tr_selector", 0x40},
    Value{"host.rip", 0xffff'ffff'8100'1000},
    Value{"host.rsp", 0xffff'ffff'8200'1ff0},
    Value{"exiting.cr0", 0x8005'0033},
    Value{"exiting.cr3", 0x6000},
    Value{"exiting.cr4", 0x20a0},
    Value{"exiting.efer", 0xd01},
};

void set(const State& s, std::vector<std::uint64_t>& values, std::string_view name, std::uint64_t value) {
    const query::Name place = query::resolve(s, std::string{name});
    values[place.leaf] |= value << place.low;
}

/// All controls that have a name may be 1.
std::uint64_t named(const State& s, std::string_view leaf) {
    std::uint64_t mask = 0;
    for (const NamedBits& bits : s.leaves()[s.leaf(leaf)].bits) mask |= low_bits(bits.high - bits.low + 1) << bits.low;
    return mask;
}

void allow_all(const State& s, std::vector<std::uint64_t>& values) {
    for (const std::string word : {"pin", "proc", "exit", "entry"}) {
        const std::uint64_t may_be_1 =
            named(s, "control." + word) | (values[s.leaf("capability." + word)] & 0xffff'ffff);
        values[s.leaf("capability." + word)] |= may_be_1 << 32;
        values[s.leaf("capability.true_" + word)] |= may_be_1 << 32;
    }
    values[s.leaf("capability.proc2")] = named(s, "control.proc2") << 32;
    values[s.leaf("capability.proc3")] = named(s, "control.proc3");
    values[s.leaf("capability.exit2")] = named(s, "control.exit2");
    values[s.leaf("capability.vmfunc")] = named(s, "control.vm_function");
}

bool holds(const Evaluation& evaluation, Bool condition) {
    const std::optional<bool> truth = evaluation.truth(condition.id());
    if (!truth) throw std::logic_error("a check reads what the ordinary VM entry does not have");
    return *truth;
}

}  // namespace

std::vector<const Rule*> broken(const Specification& spec, const std::vector<std::uint64_t>& values,
                                std::initializer_list<const RuleTable*> tables) {
    std::vector<Known> known;
    for (std::size_t n = 0; n < values.size(); ++n)
        known.push_back(Known::exactly(values[n], spec.state.leaves()[n].width));
    const Evaluation evaluation{spec.graph, known};
    std::vector<const Rule*> list;
    for (const RuleTable* rules : tables)
        for (const Rule& rule : *rules)
            if (rule.kind == RuleKind::check && !holds(evaluation, rule.condition)) list.push_back(&rule);
    return list;
}

std::vector<std::uint64_t> ordinary_entry(const Specification& spec) {
    const State& s = spec.state;
    std::vector<std::uint64_t> values(s.leaves().size());
    for (std::size_t n = 0; n < values.size(); ++n)
        if (s.leaves()[n].source == Source::cpuid && s.leaves()[n].width == 0) values[n] = 1;
    for (const Value& row : table) set(s, values, row.name, row.value);
    allow_all(s, values);
    // The entry of the MSR-load area is its first: IA32_EFER is what the guest-state load left.
    std::vector<Known> known;
    for (std::size_t n = 0; n < values.size(); ++n) known.push_back(Known::exactly(values[n], s.leaves()[n].width));
    values[s.leaf("msr_entry.efer_before")] = Evaluation{spec.graph, known}.value(spec.loaded.efer.id()).value();
    for (const Rule* rule : broken(spec, values, {&spec.rules, &spec.msr_load.rules, &spec.exit_rules}))
        throw std::logic_error("the ordinary VM entry breaks " + rule->id);
    return values;
}

}  // namespace vmxspec::catalogue
