#include "spec/load/after_failure.hpp"

#include <array>

namespace vmxspec::load {

namespace {

/// The leaves of `exiting` that tell the processor before the exit, and the entry's rows that load them.
constexpr std::array<std::string_view, 4> processor_state{"cr0", "cr3", "cr4", "efer"};

using Replacement = std::map<std::size_t, NodeId>;

Bits<64> substituted(const State& s, Bits<64> word, const Replacement& by) {
    return {&s.graph(), s.graph().substitute(word.id(), by)};
}

/// What a failed entry is to the exit's rows: no NMI causes it, and it ends where it began.
Replacement at_failure(const State& s) {
    const Bool no = constant(s.graph(), false);
    return {{s.leaf("exiting.by_nmi"), no.id()}, {s.leaf("exiting.ends_in_smm"), Bool{s.before.in_smm}.id()}};
}

/// The row after an exit from the state before the entry, where that equals the row after an exit from the loaded one.
LoadRow failed(const State& s, const LoadRow& exit, const LoadRow* entry, const Replacement& from_before,
               const Replacement& from_loaded) {
    LoadRow row = exit;
    const Bits<64> value = substituted(s, exit.value, from_before);
    const Bits<64> differs = value ^ substituted(s, exit.value, from_loaded);
    row.defined = substituted(s, exit.defined, from_before) & ~differs;
    row.value = value & row.defined;
    const Bits<64> kept = substituted(s, exit.kept, from_before);
    row.kept = entry == nullptr ? kept : kept & entry->kept;
    return row;
}

void vmcs(LoadTable& table, const State& s) {
    constexpr std::uint64_t entry_failed = 1ULL << 31;
    table.section({"29.8", "VM-Entry Failures During or After Loading Guest State"});
    table.add("vmcs.exit_reason", whole(extend<32>(Bits<16>{s.exiting.failure_reason}) | entry_failed));
    table.add("vmcs.exit_qualification", whole<64>(s.exiting.failure_qualification));
    table.add("vmcs.injected_event", whole<32>(s.control.injected_event), "The valid bit is not cleared.");
    table.add("vmcs.entry", whole<32>(s.control.entry));
    table.add("launched", whole(bit(s.before.launched)), "Launch state of the current VMCS: not changed.");
}

}  // namespace

LoadTable after_failure(const State& s, const LoadTable& entry, const LoadTable& exit) {
    Replacement before = at_failure(s);
    Replacement loaded = before;
    for (const std::string_view name : processor_state) {
        const std::size_t leaf = s.leaf("exiting." + std::string{name});
        before[leaf] = s.node(s.leaf("before." + std::string{name}));
        loaded[leaf] = entry[name].value.id();
    }
    LoadTable table;
    vmcs(table, s);
    for (const LoadRow& row : exit) {
        if (row.name.starts_with("vmcs.")) continue;
        LoadRow after = failed(s, row, entry.find(row.name), before, loaded);
        if (row.name == "blocking.nmi") after.kept = after.kept | 1;  // step 3: as before the entry
        table.add_row(std::move(after));
    }
    return table;
}

Bool failure_allowed(const State& s, const RuleTable& entry_rules) {
    const auto& exiting = s.exiting;
    Bool by_check = constant(s.graph(), false);
    Bool checks_pass = constant(s.graph(), true);
    for (const Rule& rule : entry_rules) {
        if (rule.kind != RuleKind::check || rule.stage != Stage::guest) continue;
        checks_pass = checks_pass && rule.condition;
        for (const Outcome& outcome : rule.outcomes)
            by_check = by_check || all_of({!rule.condition, exiting.failure_reason == outcome.number,
                                           exiting.failure_qualification == outcome.qualification});
    }
    const Bits<64> number = exiting.failure_qualification;
    const Bits<64> count = extend<64>(Bits<32>{s.control.entry_msr_load_count});
    return by_check ||
           all_of({checks_pass, exiting.failure_reason == outcome::msr_load.number, number >= 1, number <= count});
}

void failure_rules(RuleTable& table, const State& s, const LoadTable& failure) {
    const Bits<64> reason = failure["vmcs.exit_reason"].value;
    const Bits<64> event = failure["vmcs.injected_event"].value;
    table.section(Stage::vm_exit, {"29.8", "VM-Entry Failures During or After Loading Guest State"}, {});
    table.consequence(
        "exit.entry-failure",
        all_of({reason[31], (reason & 0x7fff0000) == 0, event == extend<64>(Bits<32>{s.control.injected_event}),
                (failure["launched"].value == 1) == s.before.launched}),
        "Exit qualification 0, 2, 3 or 4 by the check that failed, or the number of the MSR-load entry. The "
        "guest-state area, the VM-exit MSR-store area, the valid bit of the injected event, the launch state and "
        "all other VM-exit information fields are not modified; host state is loaded as by a VM exit.");
}

}  // namespace vmxspec::load
