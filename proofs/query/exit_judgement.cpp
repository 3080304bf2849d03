#include "proofs/query/exit_judgement.hpp"

#include "spec/load/after_exit.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmxspec::query {

namespace {

void look(const Specification& spec, const std::vector<Known>& leaves, const char* id, ExitJudgement& judgement) {
    const Rule* rule = spec.find(id);
    const std::optional<bool> kept = Evaluation{spec.graph, leaves}.truth(rule->condition.id());
    if (kept == true) return;
    std::vector<const Rule*>& list = kept ? judgement.broken : judgement.undecided;
    if (std::ranges::find(list, rule) == list.end()) list.push_back(rule);
}

}  // namespace

KnownState exiting_at_once(const Specification& spec, const KnownState& state, bool entry_failed) {
    KnownState result = state;
    const State& s = state.state();
    const Evaluation evaluation{spec.graph, state.values()};
    const auto set = [&](const char* leaf, Known bits) { result.set_bits(s.leaf(leaf), bits, Standing::given); };
    set("exiting.ends_in_smm", Known::exactly(0, 1));
    if (entry_failed) {
        for (const char* name : {"cr0", "cr3", "cr4", "efer"})
            set(fmt::format("exiting.{}", name).c_str(), state.values()[s.leaf(fmt::format("before.{}", name))]);
        return result;
    }
    set("exiting.cr0", evaluation[spec.loaded.cr0.id()]);
    set("exiting.cr3", state.values()[s.leaf("guest.cr3")]);
    set("exiting.cr4", evaluation[spec.loaded.cr4.id()]);
    set("exiting.efer", judge(spec, state).efer.last);
    return result;
}

ExitJudgement judge_exit(const Specification& spec, const KnownState& exiting, bool entry_failed) {
    ExitJudgement result;
    if (!entry_failed) {
        look(spec, exiting.values(), "exit.efer.ia32e-abort", result);
        for (const MsrAreaEntry& entry : exiting.exit_msr_store)
            look(spec, with_entry(exiting, entry, Known::unknown()), "exit.msr-store-abort", result);
    }
    look(spec, exiting.values(), "exit.pdpte-abort", result);
    const Known efer = Evaluation{spec.graph, exiting.values()}[spec.host.efer.id()];
    for (const MsrAreaEntry& entry : exiting.exit_msr_load)
        look(spec, with_entry(exiting, entry, efer), "exit.msr-load-abort", result);
    return result;
}

}  // namespace vmxspec::query
