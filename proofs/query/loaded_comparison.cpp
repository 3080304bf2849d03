#include "proofs/query/loaded_comparison.hpp"

#include "proofs/query/exit_judgement.hpp"
#include "proofs/query/name.hpp"
#include "spec/load/msr_index.hpp"
#include "spec/load/msr_register.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmxspec::query {

namespace {

constexpr std::uint32_t timer_expired = 52;  ///< basic exit reason (SDM appendix C)
constexpr std::uint32_t unusable = 1 << 16;  ///< of access rights (Table 27-2)

/// A register whose saving depends on a VM-exit control (30.3.1); others are saved where their field exists.
struct Controlled {
    std::string_view row;
    const char* control;
};
constexpr Controlled controlled[] = {
    {"dr7", "exit.save_debug_controls"}, {"debugctl", "exit.save_debug_controls"},           {"pat", "exit.save_pat"},
    {"efer", "exit.save_efer"},          {"perf_global_ctrl", "exit.save_perf_global_ctrl"},
};

/// What is saved of an unusable segment register (30.3.2); bit 16 and the bits that are always 0 are saved of all.
struct WhenUnusable {
    std::string_view segment;
    std::uint64_t base, limit, rights;
};
constexpr std::uint64_t whole = ~0ULL, high = whole << 32, l_d_g = 7ULL << 13, dpl = 3ULL << 5;
constexpr std::uint64_t always_saved = unusable | 0xfffe0f00;
constexpr WhenUnusable when_unusable[] = {
    {"cs", whole, whole, l_d_g}, {"ss", high, 0, dpl}, {"ds", high, 0, 0}, {"es", high, 0, 0},
    {"fs", whole, 0, 0},         {"gs", whole, 0, 0},  {"ldtr", 0, 0, 0},
};

bool is_on(const KnownState& state, const char* control) {
    const Name name = resolve(state.state(), control);
    return (state.values()[name.leaf].value >> name.low & 1) != 0;
}

class LoadedComparison {
public:
    LoadedComparison(const Specification& spec, const KnownState& state, const TraceEntry& entry)
        : spec_{spec}, state_{state}, entry_{entry} {}

    std::vector<std::string> run() {
        const bool failed = entry_.observed.channel == Channel::entry_failure;
        const bool at_once = (entry_.observed.number & 0xffff) == timer_expired &&
                             (state_.value("control.injected_event").value_or(~0ULL) >> 31) == 0;
        if (entry_.saved) failed ? nothing_saved() : at_once ? guest() : void();
        KnownState exiting = failed || at_once ? exiting_at_once(spec_, state_, failed) : state_;
        host(failed ? spec_.after_failure : spec_.after_exit, exiting);
        return std::move(differences_);
    }

private:
    void look(const std::string& what, std::uint64_t seen, Known expected) {
        if (((seen ^ expected.value) & expected.known) != 0)
            differences_.push_back(fmt::format("{} is {}, the manual says {}", what, hex(seen), hex(expected.value)));
    }

    /// The row's bits that are defined and known.
    static Known row_of(const Evaluation& evaluation, const load::LoadRow& row) {
        const Known value = evaluation[row.value.id()];
        const Known defined = evaluation[row.defined.id()];
        return {value.value, value.known & defined.known & defined.value};
    }

    /// The register as the area's entries leave it; those that it does not tell write nothing.
    static Known written(const std::string& row, const std::vector<MsrAreaEntry>& area, Known loaded) {
        for (const MsrAreaEntry& entry : area)
            for (const load::MsrRegister& one : load::msr_registers)
                if (row == one.name && entry.index == one.index)
                    loaded = entry.data ? Known::exactly(*entry.data, 64) : Known::unknown();
        return loaded;
    }

    /// Whether an entry of the area is for the register.
    static bool is_in(const std::string& row, const std::vector<MsrAreaEntry>& area) {
        return std::ranges::any_of(area, [&](const MsrAreaEntry& entry) {
            return (row == "efer" && entry.index == load::ia32_efer) ||
                   std::ranges::any_of(load::msr_registers, [&](const load::MsrRegister& one) {
                       return row == one.name && entry.index == one.index;
                   });
        });
    }

    /// The value of a guest-state field after the VM exit.
    std::uint64_t seen(std::size_t leaf) const {
        const auto changed = entry_.saved->find(leaf);
        return changed == entry_.saved->end() ? state_.values()[leaf].value : changed->second;
    }

    void nothing_saved() {
        for (const auto& [leaf, value] : *entry_.saved) {
            const Leaf& one = state_.state().leaves()[leaf];
            if (one.name.starts_with("guest."))
                differences_.push_back(
                    fmt::format("{} is {}, the manual says that a failed entry saves nothing", one.name, hex(value)));
            else if (one.name == "control.injected_event" || one.name == "control.entry")
                look(one.name, value, state_.values()[leaf]);
        }
    }

    void guest() {
        const Evaluation evaluation{spec_.graph, state_.values()};
        const State& s = state_.state();
        for (const load::LoadRow& row : spec_.after_entry) {
            std::string name = "guest." + row.name;
            std::ranges::replace(name.begin() + 6, name.end(), '.', '_');
            const std::size_t* leaf = s.find(name);
            if (leaf == nullptr || s.leaves()[*leaf].source != Source::vmcs ||
                state_.standing(*leaf) != Standing::given || !is_saved(row.name))
                continue;
            Known expected = written(row.name, state_.entry_msr_load, row_of(evaluation, row));
            if (row.name == "efer") expected = judge(spec_, state_).efer.last;
            if (row.name == "pending_debug") expected = pending_debug();
            expected.known &= saved_bits(row.name) & low_bits(s.leaves()[*leaf].width);
            look(name, seen(*leaf), expected);
        }
        const Evaluation at_exit{spec_.graph, exiting_at_once(spec_, state_, false).values()};
        for (const char* name : {"injected_event", "entry"})
            look(fmt::format("control.{}", name), seen(s.leaf(fmt::format("control.{}", name))),
                 row_of(at_exit, spec_.after_exit[fmt::format("vmcs.{}", name)]));
    }

    /// 30.3.4: clear, for the timer's VM exit is none of those that save it; but behind MOV SS it may be another.
    Known pending_debug() const {
        constexpr std::uint64_t blocking_by_mov_ss = 2;
        const std::uint64_t blocking = state_.value("guest.interruptibility").value_or(blocking_by_mov_ss);
        return (blocking & blocking_by_mov_ss) != 0 ? Known::unknown() : Known::exactly(0, 64);
    }

    bool is_saved(std::string_view row) const {
        // How the event that ends HLT or shutdown changes the activity state is for 30.1 to say.
        if (row == "activity") return false;
        if (row.starts_with("pdpte")) return is_on(state_, "proc2.enable_ept");
        const auto* found = std::ranges::find(controlled, row, &Controlled::row);
        return found == std::end(controlled) || is_on(state_, found->control);
    }

    /// The bits of a row that 30.3.2 defines; all, where the segment register is usable.
    std::uint64_t saved_bits(const std::string& row) const {
        const std::size_t dot = row.find('.');
        for (const WhenUnusable& one : when_unusable) {
            if (row.substr(0, dot) != one.segment) continue;
            const std::string rights = fmt::format("guest.{}_access_rights", one.segment);
            if ((state_.value(rights).value_or(0) & unusable) == 0) return whole;
            const std::string part = row.substr(dot + 1);
            return part == "base"            ? one.base
                   : part == "limit"         ? one.limit
                   : part == "access_rights" ? one.rights | always_saved
                                             : whole;
        }
        return whole;
    }

    void host(const load::LoadTable& table, const KnownState& exiting) {
        const Evaluation evaluation{spec_.graph, exiting.values()};
        for (const auto& [name, value] : entry_.host) {
            // Before the VM entry failed, its area may have loaded some MSRs.
            const bool failed = entry_.observed.channel == Channel::entry_failure;
            const bool is_open =
                (failed && is_in(name, state_.entry_msr_load)) || (name == "efer" && is_in(name, state_.exit_msr_load));
            const Known loaded = is_open ? Known::unknown() : row_of(evaluation, table[name]);
            look("the host's " + name, value, written(name, state_.exit_msr_load, loaded));
        }
    }

    const Specification& spec_;
    const KnownState& state_;
    const TraceEntry& entry_;
    std::vector<std::string> differences_;
};

}  // namespace

std::vector<std::string> compare_loaded(const Specification& spec, const KnownState& state, const TraceEntry& entry) {
    return LoadedComparison{spec, state, entry}.run();
}

}  // namespace vmxspec::query
