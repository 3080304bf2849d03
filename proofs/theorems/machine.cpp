// VMX operation as a state machine: every state has exactly one transition of each instruction, failures change nothing
// but what says that they failed, and the invariants hold in every state that transitions lead to.
#include "proofs/theorems/theorem.hpp"
#include "spec/machine/conditions.hpp"
#include "spec/machine/invariant.hpp"
#include "spec/state/architecture.hpp"

#include <algorithm>

namespace vmxspec::proofs {

namespace {

using machine::Ending;
using machine::Instruction;
using machine::Transition;
using Rows = std::span<const Transition>;

/// The rows with guards that nothing is known of. What holds of these whatever their guards are holds of the rows, and
/// the solver need not look into guards for what is a matter of effects.
std::vector<Transition> with_open_guards(State& s, Rows rows) {
    std::vector<Transition> result{rows.begin(), rows.end()};
    for (std::size_t k = 0; k < result.size(); ++k) {
        const std::string name = "guard[" + std::to_string(k) + "]";
        const std::size_t* there = s.find(name);
        const std::size_t leaf = there != nullptr ? *there : s.add_copy(s.leaf("region.active"), name);
        result[k].guard = Bool{&s.graph(), s.node(leaf)};
    }
    return result;
}

/// What the theorems of one instruction share.
class Family {
public:
    Family(Specification& spec, Instruction instruction)
        : spec_{spec},
          s_{spec.state},
          graph_{spec.graph},
          rows_{spec.machine.rows(instruction)},
          name_{"machine/" + std::string{machine::name(instruction)} + "/"},
          manual_name_{machine::manual_name(instruction)},
          inputs_{consistent_processor(s_), machine::coherent(s_), machine::verdicts_agree(s_, spec.rules),
                  machine::no_vmx_in_default_smm(s_), machine::can_happen(s_, instruction)},
          open_rows_{with_open_guards(s_, rows_)},
          ground_{inputs_} {
        // VM function 0 is the only one of this edition; the checks of the VM entry refused the others
        // (ctl.vmfunc.reserved).
        ground_.push_back(s_.before.non_root >> ((s_.control.vm_function & ~1ULL) == 0));
        for (const machine::Invariant& one : machine::invariants(s_)) ground_.push_back(one.condition);
        for (std::size_t k = 0; k < rows_.size(); ++k) {
            taken_.push_back(machine::taken(rows_, k));
            open_taken_.push_back(machine::taken(open_rows_, k));
        }
    }

    void prove(std::vector<Theorem>& theorems) {
        total(theorems);
        reachable(theorems);
        success(theorems);
        failures(theorems);
        flags(theorems);
        keeps(theorems);
    }

private:
    void always(std::vector<Theorem>& theorems, const std::string& what, const std::string& statement,
                Bool claim) const {
        theorems.push_back(
            {name_ + what, manual_name_ + ": " + statement, Form::always, ground_, claim, Verdict::proven, {}});
    }
    [[nodiscard]] Bool truth(bool value) const { return constant(graph_, value); }
    [[nodiscard]] NodeId next(std::size_t leaf) { return machine::next(rows_, graph_, leaf); }
    [[nodiscard]] Bool same(NodeId a, NodeId b) {
        if (graph_[a].width == 0) return Bool{&graph_, a} == Bool{&graph_, b};
        return {&graph_, graph_.make(Op::equal, 0, {a, b})};
    }
    /// The value after the rows with open guards.
    [[nodiscard]] NodeId open_next(std::size_t leaf) { return machine::next(open_rows_, graph_, leaf); }
    [[nodiscard]] Bool unchanged(std::size_t leaf) { return same(open_next(leaf), graph_.leaf(leaf)); }
    /// A theorem about effects alone.
    void whatever_guards(std::vector<Theorem>& theorems, const std::string& what, const std::string& statement,
                         Bool claim) const {
        theorems.push_back(
            {name_ + what, manual_name_ + ": " + statement, Form::always, {}, claim, Verdict::proven, {}});
    }
    /// All of the changing state but these leaves is as it was.
    [[nodiscard]] Bool all_unchanged(const std::vector<std::size_t>& except) {
        Bool result = truth(true);
        for (const std::size_t leaf : machine::changing_leaves(spec_.machine))
            if (std::ranges::find(except, leaf) == except.end()) result = result && unchanged(leaf);
        return result;
    }
    /// A row with such an ending is taken, by the open guards.
    template <class Predicate>
    [[nodiscard]] Bool ends(Predicate predicate) const {
        Bool result = truth(false);
        for (std::size_t k = 0; k < rows_.size(); ++k)
            if (predicate(rows_[k].ending)) result = result || open_taken_[k];
        return result;
    }

    void total(std::vector<Theorem>& theorems) {
        Bool some = truth(false);
        Bool never_two = truth(true);
        for (std::size_t k = 0; k < rows_.size(); ++k) {
            some = some || rows_[k].guard;
            for (std::size_t j = 0; j < k; ++j) never_two = never_two && !(taken_[j] && taken_[k]);
        }
        always(theorems, "total", "some row applies in every state", some);
        always(theorems, "deterministic", "after ordering, at most one row applies", never_two);
    }

    void reachable(std::vector<Theorem>& theorems) const {
        for (std::size_t k = 0; k < rows_.size(); ++k)
            theorems.push_back({"machine/" + rows_[k].id + "/reachable",
                                "some state takes the row " + rows_[k].id,
                                Form::possible,
                                ground_,
                                taken_[k],
                                Verdict::proven,
                                {}});
    }

    /// The guards of the rows that succeed need no order: they say all that must hold.
    void success(std::vector<Theorem>& theorems) const {
        for (const Transition& row : rows_) {
            if (!is_success(row.ending)) continue;
            Bool others = truth(false);
            for (const Transition& other : rows_)
                if (other.id != row.id) others = others || other.guard;
            theorems.push_back({"machine/" + row.id + "/exact",
                                "where the guard of " + row.id + " holds, no other row's does",
                                Form::always,
                                ground_,
                                !(row.guard && others),
                                Verdict::proven,
                                {}});
        }
    }

    void failures(std::vector<Theorem>& theorems) {
        const std::size_t flags = s_.leaf("before.rflags");
        const std::size_t error = s_.leaf("information.instruction_error");
        const std::vector<std::size_t> of_exit{flags,
                                               s_.leaf("information.exit_reason"),
                                               s_.leaf("before.non_root"),
                                               s_.leaf("before.blocking_by_mov_ss"),
                                               s_.leaf("machine.init_blocked"),
                                               s_.leaf("machine.monitoring")};
        whatever_guards(theorems, "faults-change-nothing", "a fault leaves the state of VMX operation as it is",
                        ends(machine::is_fault) >> all_unchanged({}));
        whatever_guards(theorems, "vmfail-changes-nothing",
                        "VMfail changes arithmetic flags and the VM-instruction error, nothing else",
                        ends(machine::is_vmfail) >> all_unchanged({flags, error}));
        const auto exits = [](Ending e) { return e == Ending::vm_exit || e == Ending::entry_failure; };
        whatever_guards(
            theorems, "exits-change-nothing",
            "a VM exit and a failed VM entry lead to VMX root operation and leave every VMCS and pointer",
            ends(exits) >> (all_unchanged(of_exit) && !Bool{&graph_, open_next(s_.leaf("before.non_root"))}));
    }

    void flags(std::vector<Theorem>& theorems) {
        const Bits<64> before = s_.before.rflags;
        const Bits<64> after{&graph_, open_next(s_.leaf("before.rflags"))};
        const Bits<32> error{&graph_, open_next(s_.leaf("information.instruction_error"))};
        const Bits<64> arithmetic = after & machine::arithmetic_flags;
        const Bool others_same = (after & ~machine::arithmetic_flags) == (before & ~machine::arithmetic_flags);
        const Bool error_same = unchanged(s_.leaf("information.instruction_error"));
        Bool as_convention =
            ends([](Ending e) { return e == Ending::succeed; }) >> (arithmetic == 0 && others_same && error_same);
        Bool has_current = truth(true);
        for (std::size_t k = 0; k < rows_.size(); ++k) {
            const Ending ending = rows_[k].ending;
            if (!is_vmfail(ending)) continue;
            const Bool valid =
                ending == Ending::vmfail ? machine::has_current(s_) : truth(ending == Ending::vmfail_valid);
            const Bool told = (valid >> (arithmetic == 1ULL << 6 && error == rows_[k].number)) &&
                              (!valid >> (arithmetic == 1 && error_same));
            as_convention = as_convention && (open_taken_[k] >> (told && others_same));
            if (ending == Ending::vmfail_valid) has_current = has_current && (taken_[k] >> machine::has_current(s_));
        }
        whatever_guards(theorems, "flags", "VMsucceed, VMfailInvalid and VMfailValid show in the flags as 33.2 says",
                        as_convention);
        always(theorems, "vmfail-valid", "VMfailValid only with a current VMCS", has_current);
    }

    void keeps(std::vector<Theorem>& theorems) {
        std::map<std::size_t, NodeId> after;
        for (const std::size_t leaf : machine::changing_leaves(spec_.machine)) after[leaf] = next(leaf);
        for (const machine::Invariant& one : machine::invariants(s_))
            always(theorems, "keeps/" + std::string{one.id}, std::string{one.statement},
                   {&graph_, graph_.substitute(one.condition.id(), after)});
    }

    Specification& spec_;
    State& s_;
    Graph& graph_;
    Rows rows_;
    std::string name_;
    std::string manual_name_;
    std::vector<Bool> inputs_;
    std::vector<Transition> open_rows_;
    std::vector<Bool> ground_;
    std::vector<Bool> taken_;
    std::vector<Bool> open_taken_;
};

}  // namespace

std::vector<Theorem> machine_theorems(Specification& spec) {
    std::vector<Theorem> theorems;
    for (std::size_t n = 0; n < machine::instruction_count; ++n)
        Family{spec, static_cast<Instruction>(n)}.prove(theorems);
    for (const auto part : {machine_success_theorems, machine_history_theorems, machine_diagram_theorems})
        std::ranges::move(part(spec), std::back_inserter(theorems));
    return theorems;
}

}  // namespace vmxspec::proofs
