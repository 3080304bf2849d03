// What no single row tells of VMX operation: where it begins, what a VMCS went through, what VM entries rely on.
#include "proofs/theorems/theorem.hpp"
#include "spec/machine/conditions.hpp"
#include "spec/machine/invariant.hpp"
#include "spec/state/architecture.hpp"

#include <algorithm>

namespace vmxspec::proofs {

namespace {

using machine::Ending;
using machine::Instruction;

class History {
public:
    explicit History(Specification& spec)
        : spec_{spec},
          s_{spec.state},
          graph_{spec.graph},
          ground_{consistent_processor(s_), machine::coherent(s_), machine::verdicts_agree(s_, spec.rules),
                  machine::no_vmx_in_default_smm(s_)} {
        for (const machine::Invariant& one : machine::invariants(s_)) ground_.push_back(one.condition);
    }

    std::vector<Theorem> prove() {
        begins();
        software_may_write();
        launched_only_by_vmlaunch();
        entries();
        outside_no_current();
        field_read_back();
        return std::move(theorems_);
    }

private:
    void always(const std::string& name, const std::string& statement, std::vector<Bool> given, Bool claim) {
        theorems_.push_back({"machine/" + name, statement, Form::always, std::move(given), claim, Verdict::proven, {}});
    }
    [[nodiscard]] Bool truth(bool value) { return constant(graph_, value); }
    [[nodiscard]] Bool substitute(Bool condition, const std::map<std::size_t, NodeId>& replacement) {
        return {&graph_, graph_.substitute(condition.id(), replacement)};
    }
    /// A row of this instruction with this ending is taken.
    [[nodiscard]] Bool ends(Instruction instruction, Ending ending) {
        const auto rows = spec_.machine.rows(instruction);
        Bool result = truth(false);
        for (std::size_t k = 0; k < rows.size(); ++k)
            if (rows[k].ending == ending) result = result || machine::taken(rows, k);
        return result;
    }
    [[nodiscard]] NodeId next(Instruction instruction, std::size_t leaf) {
        return machine::next(spec_.machine.rows(instruction), graph_, leaf);
    }
    /// A leaf like `leaf` that nothing else speaks of.
    [[nodiscard]] NodeId fresh(std::string_view leaf, const std::string& name) {
        const std::size_t* there = s_.find(name);
        return s_.node(there != nullptr ? *there : s_.add_copy(s_.leaf(leaf), name));
    }

    void begins() {
        for (const machine::Invariant& one : machine::invariants(s_))
            always("initial/" + std::string{one.id}, "after reset: " + std::string{one.statement},
                   {machine::initial(s_)}, one.condition);
    }

    /// Software may rewrite the first 4 bytes of a region that is neither active nor the VMXON region
    /// (27.11.1, 27.11.5).
    void software_may_write() {
        const std::map<std::size_t, NodeId> rewritten{
            {s_.leaf("region.shadow"), fresh("region.shadow", "rewritten.shadow")}};
        std::vector<Bool> given = ground_;
        given.push_back(!s_.region.active && s_.region.address != s_.machine.vmxon_pointer);
        Bool kept = truth(true);
        for (const machine::Invariant& one : machine::invariants(s_))
            kept = kept && substitute(one.condition, rewritten);
        always("software-may-write",
               "the invariants hold whatever software writes to regions that are neither active nor the VMXON region",
               given, kept);
    }

    /// History of the region as a variable of its own: a VM entry by VMLAUNCH succeeded with it, and no VMCLEAR of it
    /// since.
    void launched_only_by_vmlaunch() {
        const Bool entered{&graph_, fresh("region.launched", "history.vmlaunched")};
        const Bits<64> region = s_.region.address;
        std::vector<Bool> given = ground_;
        given.push_back(s_.region.launched == entered);
        for (std::size_t n = 0; n < machine::instruction_count; ++n) {
            const auto instruction = static_cast<Instruction>(n);
            Bool after = entered;
            if (instruction == Instruction::vmlaunch)
                after = entered || (ends(instruction, Ending::enter) && region == s_.before.current_vmcs);
            if (instruction == Instruction::vmclear)
                after = entered && !(ends(instruction, Ending::succeed) && region == s_.operand.address);
            const Bool launched{&graph_, next(instruction, s_.leaf("region.launched"))};
            always(std::string{machine::name(instruction)} + "/launched-by-vmlaunch",
                   std::string{machine::manual_name(instruction)} +
                       ": the launch state of any VMCS is launched exactly if a VMLAUNCH entered with it since its "
                       "last VMCLEAR",
                   given, launched == after);
        }
    }

    void entries() {
        const auto& [before, region] = std::tie(s_.before, s_.region);
        const Bool is_current = region.address == before.current_vmcs;
        for (const Instruction instruction : {Instruction::vmlaunch, Instruction::vmresume}) {
            const bool resumes = instruction == Instruction::vmresume;
            const std::string name{machine::name(instruction)};
            const std::string manual_name{machine::manual_name(instruction)};
            const Bool enters = ends(instruction, Ending::enter);
            std::vector<Bool> given = ground_;
            given.push_back(enters && is_current);
            always(name + "/needs-ordinary", manual_name + " never enters with a shadow VMCS", given, !region.shadow);
            always(name + "/needs-launch-state", manual_name + " never enters with a VMCS in the other launch state",
                   given, region.launched == truth(resumes));
            always(name + "/needs-active",
                   manual_name + " enters only with an active VMCS, in VMX root operation at CPL 0", given,
                   all_of({Bool{region.active}, machine::in_root(s_), before.cpl == 0}));
            as_entry_rules(name, manual_name, resumes);
        }
    }

    /// Outside SMM, with the rules in place of the verdicts, an entry succeeds exactly if all rules are kept.
    void as_entry_rules(const std::string& name, const std::string& manual_name, bool resumes) {
        Bool verdict[3]{truth(true), truth(true), truth(true)};  // controls, host state, guest state
        Bool all = truth(true);
        for (const Rule& rule : spec_.rules) {
            if (rule.kind != RuleKind::check) continue;
            all = all && rule.condition;
            if (rule.stage == Stage::basic) continue;
            const bool host = rule.outcomes.front() == outcome::host_state;
            Bool& one = verdict[rule.stage == Stage::guest ? 2 : host ? 1 : 0];
            one = one && rule.condition;
        }
        const std::map<std::size_t, NodeId> instruction{{s_.leaf("before.vmresume"), truth(resumes).id()}};
        const std::map<std::size_t, NodeId> rules{{s_.leaf("checks.controls"), verdict[0].id()},
                                                  {s_.leaf("checks.host_state"), verdict[1].id()},
                                                  {s_.leaf("checks.guest_state"), verdict[2].id()},
                                                  {s_.leaf("checks.msr_load"), truth(true).id()}};
        const Bool enters = ends(resumes ? Instruction::vmresume : Instruction::vmlaunch, Ending::enter);
        const Bool stale = resumes ? s_.machine.current_stale : truth(false);
        always(name + "/as-entry-rules",
               "outside SMM, " + manual_name +
                   " enters exactly if every rule of 29.1 to 29.3 is kept and every MSR is loaded",
               {!s_.before.in_smm, !stale}, substitute(enters, rules) == substitute(all, instruction));
    }

    /// Two states outside VMX operation that differ in the pointer alone take the same rows.
    void outside_no_current() {
        const std::map<std::size_t, NodeId> other{
            {s_.leaf("before.current_vmcs"), fresh("before.current_vmcs", "other.current_vmcs")}};
        Bool same = truth(true);
        for (std::size_t n = 0; n < machine::instruction_count; ++n) {
            const auto rows = spec_.machine.rows(static_cast<Instruction>(n));
            for (std::size_t k = 0; k < rows.size(); ++k) {
                const Bool taken = machine::taken(rows, k);
                same = same && (taken == substitute(taken, other));
            }
        }
        std::vector<Bool> outside = ground_;
        outside.push_back(!s_.before.in_vmx_operation);
        always("outside-no-current", "outside VMX operation nothing depends on a current-VMCS pointer", outside, same);
        const Bits<64> pointer{&graph_, next(Instruction::vmxon, s_.leaf("before.current_vmcs"))};
        std::vector<Bool> enters = ground_;
        enters.push_back(ends(Instruction::vmxon, Ending::succeed));
        always("vmxon/no-current", "after VMXON no VMCS is current", enters, pointer == ~0ULL);
    }

    /// VMREAD of what VMWRITE wrote with the same encoding gives the source, as far as field and operand are wide.
    void field_read_back() {
        const std::map<std::size_t, NodeId> written{
            {s_.leaf("operand.field"), next(Instruction::vmwrite, s_.leaf("operand.field"))}};
        const Bits<64> read{&graph_, graph_.substitute(next(Instruction::vmread, s_.leaf("operand.value")), written)};
        const Bits<64> source = machine::effective(s_, s_.operand.value);
        const Bits<64> encoding = machine::effective(s_, s_.operand.encoding);
        const Bits<2> width = encoding.slice<14, 13>();
        const Bits<64> wide =
            select(width == 0, source & low_bits(16), select(width == 2 || encoding[0], source & low_bits(32), source));
        std::vector<Bool> given = ground_;
        given.push_back(machine::in_root(s_) && ends(Instruction::vmwrite, Ending::succeed));
        always("vmwrite/read-back", "VMREAD returns what VMWRITE wrote, truncated to the field and to the operand size",
               given, read == wide);
        const Bits<64> kept{&graph_, next(Instruction::vmwrite, s_.leaf("operand.field"))};
        given.push_back(encoding[0]);
        always("vmwrite/high-keeps-low", "VMWRITE with the high access type leaves bits 31:0 of the field", given,
               (kept & low_bits(32)) == (s_.operand.field & low_bits(32)));
    }

    Specification& spec_;
    State& s_;
    Graph& graph_;
    std::vector<Bool> ground_;
    std::vector<Theorem> theorems_;
};

}  // namespace

std::vector<Theorem> machine_history_theorems(Specification& spec) { return History{spec}.prove(); }

}  // namespace vmxspec::proofs
