// What L1 is offered is a processor, and VMCS02 passes every check on the real one when VMCS12 passes on that.
#include "proofs/theorems/nested_translation.hpp"
#include "spec/state/architecture.hpp"

namespace vmxspec::proofs {

namespace {

bool is_of_vmcs(const Rule& rule) {
    return rule.kind == RuleKind::check && (rule.stage == Stage::control_and_host || rule.stage == Stage::guest);
}

std::vector<Bool> conditions(const std::vector<nested::Requirement>& list) {
    std::vector<Bool> all;
    for (const nested::Requirement& one : list) all.push_back(one.condition);
    return all;
}

/// Rules of VMCS12 from which a rule of VMCS02 follows, besides the same one.
struct FollowsFrom {
    std::string_view rule, other;
};
constexpr std::array follows_from{
    // Without EPT of L1's, VMCS02 has the PDPTEs of memory in its fields.
    FollowsFrom{"guest.pdpte.vmcs", "guest.pdpte.memory"},
};

/// What VMCS12 keeps where VMCS02 keeps the rule, of kept(rule) of VMCS12.
template <class Kept>
Bool kept_by_vmcs12(const Specification& spec, const Rule& rule, Kept kept) {
    Bool all = kept(rule);
    for (const FollowsFrom& row : follows_from)
        if (row.rule == rule.id) all = all && kept(*spec.find(row.other));
    return all;
}

constexpr std::string_view vmcs01_checks = "vmcs01.checks";

/// All requirements: the ground, that VMCS01 passes the checks, and that L0's addresses are good.
std::vector<Bool> all_requirements(Specification& spec, const nested::Translation& translation) {
    std::vector<Bool> given = nested_ground(spec, translation);
    for (const nested::Requirement& one : nested::level0_requirements(spec, translation))
        if (one.id == vmcs01_checks || one.id.starts_with("address.")) given.push_back(one.condition);
    return given;
}

/// Some VMCS12 that L1 can enter is of this kind: the theorems speak of it.
Theorem possible(const std::string& kind, const std::vector<Bool>& given, Bool claim) {
    return {"translation/possible/" + kind,
            "L1 can enter a VMCS12 " + kind,
            Form::possible,
            given,
            claim,
            Verdict::proven,
            {}};
}

}  // namespace

std::vector<Bool> nested_ground(Specification& spec, const nested::Translation& translation) {
    std::vector<Bool> given = conditions(nested::processor_requirements(spec.state, translation.l0));
    for (const nested::Requirement& one : nested::level0_requirements(spec, translation))
        if (one.id != vmcs01_checks && !one.id.starts_with("address.")) given.push_back(one.condition);
    for (const Bool condition : conditions(nested::level1_requirements(spec.state))) given.push_back(condition);
    for (const char* word : {"ctl.pin.reserved", "ctl.proc.reserved", "ctl.proc2.reserved", "ctl.proc3.reserved",
                             "ctl.exit.reserved", "ctl.exit2.reserved", "ctl.entry.reserved"})
        given.push_back(translation.as_l1(spec.find(word)->condition));
    return given;
}

std::vector<Theorem> nested_offered_theorems(Specification& spec, const nested::Translation& translation) {
    const State& s = spec.state;
    const std::vector<Bool> given = conditions(nested::processor_requirements(s, translation.l0));
    std::vector<Theorem> theorems{{"translation/offered/consistent",
                                   "the capability MSRs that L1 reads are those of a processor that can be",
                                   Form::always,
                                   given,
                                   translation.as_l1(consistent_processor(s)),
                                   Verdict::proven,
                                   {}}};
    constexpr std::uint64_t index = 0x3fe;  // of an encoding, and in IA32_VMX_VMCS_ENUM
    const Bits<64> highest = s.capability.vmcs_enum & index;
    Bool bounded = constant(spec.graph, true);
    for (std::size_t n = 0; n < s.leaves().size(); ++n)
        if (const Leaf& leaf = s.leaves()[n]; leaf.source == Source::vmcs)
            bounded = bounded && nested::field_exists(s, n) >> (highest >= (leaf.key & index));
    theorems.push_back({"translation/offered/highest-index",
                        "no field that VMCS12 has is of a higher index than IA32_VMX_VMCS_ENUM tells (A.9)",
                        Form::always,
                        given,
                        translation.as_l1(bounded),
                        Verdict::proven,
                        {}});
    return theorems;
}

Bool answer(Specification& spec, const Rule& rule, std::string_view vmcs) {
    const std::string name = "answer." + std::string{vmcs} + "." + rule.id;
    const std::size_t* known = spec.state.find(name);
    return {&spec.graph, spec.state.node(known != nullptr ? *known : spec.state.add_leaf(name, rule.id, 0))};
}

Theorem nested_entry_theorem(Specification& spec) {
    std::vector<Bool> given;
    Bool passes12 = constant(spec.graph, true), passes02 = passes12;
    const auto kept = [&](const Rule& rule) { return answer(spec, rule); };
    for (const Rule& rule : spec.rules) {
        if (!is_of_vmcs(rule)) continue;
        const Bool kept02 = answer(spec, rule, "vmcs02");
        given.push_back(kept_by_vmcs12(spec, rule, kept) >> kept02);
        passes12 = passes12 && kept(rule);
        passes02 = passes02 && kept02;
    }
    return {"translation/failure/of-vmcs02",
            "where all of translation/valid holds, VMCS02 passes 29.2 and 29.3 whenever L1 can enter VMCS12",
            Form::always,
            given,
            passes12 >> passes02,
            Verdict::proven,
            {}};
}

std::vector<Theorem> nested_validity_theorems(Specification& spec, const nested::Translation& translation) {
    const State& s = spec.state;
    const std::vector<Bool> given = all_requirements(spec, translation);
    std::vector<Bool> all = given;
    // One processor is enough, and spares the solver shifts by unknown distances.
    all.push_back(s.processor.maxphyaddr == 46 && s.processor.linear_width == 48 && !s.processor.tme);
    for (const Rule& rule : spec.rules)
        if (is_of_vmcs(rule)) all.push_back(translation.as_l1(rule.condition));
    const Bool ept = s.proc2.enable_ept;
    const Bool ia32e = s.control.entry.ia32e_mode_guest;
    const Bool host64 = s.control.exit.host_address_space_size;
    std::vector<Theorem> theorems{
        possible("with EPT, in IA-32e mode", all, ept && ia32e),
        possible("without EPT, with PAE paging, under a 32-bit L1", all,
                 all_of({!ept, s.guest.cr0.pg, s.guest.cr4.pae, !ia32e, !host64})),
        possible("without paging, in real-address mode", all, !s.guest.cr0.pg && !s.guest.cr0.pe),
        possible("that scales the time-stamp counter", all,
                 s.control.proc.use_tsc_offsetting && s.proc2.use_tsc_scaling),
        possible("that injects an NMI, without virtual NMIs and with blocking by NMI", all,
                 all_of({s.control.injected_event.valid, s.control.injected_event.type == 2,
                         !s.control.pin.virtual_nmis, s.guest.interruptibility.nmi})),
    };
    const auto as_l1 = [&](const Rule& rule) { return translation.as_l1(rule.condition); };
    for (const Rule& rule : spec.rules)
        if (is_of_vmcs(rule))
            theorems.push_back({"translation/valid/" + rule.id,
                                "VMCS02 keeps " + rule.id + " whenever L1 can enter VMCS12",
                                Form::always,
                                given,
                                kept_by_vmcs12(spec, rule, as_l1) >> translation.as_l0(rule.condition),
                                Verdict::proven,
                                {}});
    return theorems;
}

}  // namespace vmxspec::proofs
