#include "proofs/query/landing.hpp"

#include "spec/lang/known.hpp"
#include "spec/load/msr_register.hpp"
#include "spec/state/architecture.hpp"

#include <fmt/format.h>

namespace vmxspec::query {

namespace {

using Replacement = std::map<std::size_t, NodeId>;

Bool conjunction(Graph& graph, const std::vector<load::Invariant>& all) {
    Bool result = constant(graph, true);
    for (const load::Invariant& one : all) result = result && one.condition;
    return result;
}

class Builder {
public:
    explicit Builder(Specification& spec) : spec_{spec}, s_{spec.state} {}

    Landing entry() {
        Landing result = loaded(spec_.after_entry, "before", "after");
        result.made = all_of({ground(), spec_.checks_pass, result.made});
        load_msrs(result, "msr_entry", s_.control.entry_msr_load_count, spec_.msr_load.accepted, {});
        return result;
    }

    Landing exit() {
        Landing result = loaded(spec_.after_exit, "exiting", "after_exit");
        result.made =
            all_of({entry().made, result.made, condition("exit.efer.ia32e-abort"), condition("exit.pdpte-abort")});
        load_msrs(result, "exit_msr_entry", s_.control.exit_msr_load_count, condition("exit.msr-load-abort"), {});
        return result;
    }

    Landing failure() {
        Landing result = loaded(spec_.after_failure, "before", "after_failure");
        const Replacement from_before{{s_.leaf("exiting.cr0"), s_.node(s_.leaf("before.cr0"))},
                                      {s_.leaf("exiting.cr3"), s_.node(s_.leaf("before.cr3"))},
                                      {s_.leaf("exiting.cr4"), s_.node(s_.leaf("before.cr4"))},
                                      {s_.leaf("exiting.efer"), s_.node(s_.leaf("before.efer"))},
                                      {s_.leaf("exiting.ends_in_smm"), Bool{s_.before.in_smm}.id()}};
        result.made = all_of({ground(), result.made, load::failure_allowed(s_, spec_.rules),
                              substituted(condition("exit.pdpte-abort"), from_before)});
        for (const Rule& rule : spec_.rules)
            if (rule.kind == RuleKind::check && rule.stage <= Stage::control_and_host)
                result.made = result.made && rule.condition;
        load_msrs(result, "exit_msr_entry", s_.control.exit_msr_load_count, condition("exit.msr-load-abort"),
                  from_before);
        return result;
    }

private:
    [[nodiscard]] Bool ground() const { return consistent_processor(s_) && consistent_mode(s_); }
    [[nodiscard]] Bool condition(std::string_view rule) const { return spec_.find(rule)->condition; }
    [[nodiscard]] Bool substituted(Bool in, const Replacement& by) const {
        return {&spec_.graph, spec_.graph.substitute(in.id(), by)};
    }

    /// What the table says, and that the processor was allowed before. A row reads no more than it has to: a value that
    /// is never kept not the one before, one that is always defined no leaf of its own.
    Landing loaded(const load::LoadTable& table, const std::string& area, const std::string& tag) {
        const load::Values before = proofs::values_before(s_, table, area);
        const Evaluation evaluation{spec_.graph, {}};
        const auto is_never = [&](Bits<64> mask) { return evaluation.value(mask.id()) == 0; };
        const auto is_always = [&](const load::LoadRow& row) {
            return evaluation.value(row.defined.id()) == low_bits(row.width);
        };
        Landing result;
        result.table = &table;
        result.made = conjunction(spec_.graph, load::lasting_invariants(s_, before));
        for (const load::LoadRow& row : table) {
            const Bits<64> open = ~(row.defined | row.kept) & low_bits(row.width);
            Bits<64> value = row.value;
            if (!is_never(row.kept)) value = value | (before.at(row.name) & row.kept);
            if (!is_always(row)) value = value | (anything(row, tag) & open);
            result.values.emplace(row.name, value);
            result.open.emplace(row.name, open);
        }
        return result;
    }

    /// A leaf for what the manual leaves undefined.
    Bits<64> anything(const load::LoadRow& row, const std::string& tag) {
        const std::string name = fmt::format("{}{}.{}", undefined_area, tag, row.name);
        const std::size_t* there = s_.find(name);
        const NodeId node =
            s_.node(there != nullptr ? *there : s_.add_leaf(name, "what the manual leaves undefined", row.width));
        const Bits<64> word{&spec_.graph, row.width == 64 ? node : spec_.graph.make(Op::extend, 64, {node})};
        return row.canonical ? load::made_canonical(s_, word) : word;
    }

    /// The area's entries one after another; `accepted` speaks of one of them, over the leaves of msr_entry.
    void load_msrs(Landing& result, const std::string& area, Bits<32> count, Bool accepted, Replacement step) {
        result.made = result.made && count <= most_msr_entries;
        for (unsigned k = 0; k < most_msr_entries; ++k) {
            for (const char* member : {"index", "reserved", "data", "unlisted_accepted"}) {
                const std::size_t generic = s_.leaf(fmt::format("msr_entry.{}", member));
                const std::string name = fmt::format("{}[{}].{}", area, k, member);
                const std::size_t* there = s_.find(name);
                step[generic] = s_.node(there != nullptr ? *there : s_.add_copy(generic, name));
            }
            Bits<64>& efer = result.values.at("efer");
            step[s_.leaf("msr_entry.efer_before")] = efer.id();
            const Bool there = count > k;
            const Bits<32> index{&spec_.graph, step.at(s_.leaf("msr_entry.index"))};
            const Bits<64> data{&spec_.graph, step.at(s_.leaf("msr_entry.data"))};
            result.made = result.made && (there >> substituted(accepted, step));
            efer = select(there, Bits<64>{&spec_.graph, spec_.graph.substitute(spec_.msr_load.efer_after.id(), step)},
                          efer);
            for (const load::MsrRegister& one : load::msr_registers)
                write(result, one.name, there && index == one.index, data);
            write(result, "uinv", there && index == load::uintr_misc, (data >> 32) & 0xff);
        }
    }

    static void write(Landing& result, const char* name, Bool written, Bits<64> data) {
        Bits<64>& value = result.values.at(name);
        Bits<64>& open = result.open.at(name);
        value = select(written, data, value);
        open = select(written, open.same(0), open);
    }

    Specification& spec_;
    State& s_;
};

}  // namespace

Landing landing(Specification& spec, Transition transition) {
    Builder builder{spec};
    switch (transition) {
        case Transition::entry: return builder.entry();
        case Transition::exit: return builder.exit();
        case Transition::failure: return builder.failure();
    }
    return builder.entry();
}

}  // namespace vmxspec::query
