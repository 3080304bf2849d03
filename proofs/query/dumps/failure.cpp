#include "proofs/query/dumps/failure.hpp"

#include <fmt/format.h>

namespace vmxspec::query {

namespace {

constexpr std::uint64_t bit(unsigned n) { return std::uint64_t{1} << n; }
constexpr std::uint64_t failed = bit(31);  ///< of an exit reason: VM-entry failure (SDM 27.9.1)

/// The bits under `mask`, or nothing when one is unknown.
std::optional<std::uint64_t> bits(const KnownState& state, std::string_view leaf, std::uint64_t mask) {
    const Known& value = state.values()[state.state().leaf(leaf)];
    if ((value.known & mask) != mask) return std::nullopt;
    return value.value & mask;
}

}  // namespace

void mark_failure(const SectionedDump& dump, KnownState& state) {
    const auto error = dump.facts.find("error");
    if (error == dump.facts.end()) {
        const std::optional<std::uint64_t> reason = state.value("information.exit_reason");
        if (reason && (*reason & failed) == 0)
            state.caveats.push_back(
                fmt::format("exit reason {} has bit 31 clear: it is that of an ordinary VM exit; if the entry failed "
                            "after it with VM-instruction error 7 or 8, the exit information is older than the failure",
                            hex(*reason)));
        return;
    }
    if (error->second < failed) {
        state.set(state.state().leaf("information.instruction_error"), error->second, Standing::given);
        state.caveats.push_back(fmt::format(
            "hardware error {} is a VM-instruction error, not an exit reason: no VM exit took place, and the "
            "exit information of the dump is of an earlier one",
            error->second));
    } else if (error->second <= 0xffffffff && !state.value("information.exit_reason")) {
        state.set(state.state().leaf("information.exit_reason"), error->second, Standing::given);
    }
}

void mark_left_over(KnownState& state) {
    const std::optional<std::uint64_t> paging = bits(state, "guest.cr0", bit(31));
    const std::optional<std::uint64_t> pae = bits(state, "guest.cr4", bit(5));
    const std::optional<std::uint64_t> ia32e = bits(state, "control.entry", bit(9));
    const bool used = paging && *paging != 0 && pae && *pae != 0 && ia32e && *ia32e == 0;
    if (paging && pae && ia32e && !used && state.value("guest.pdpte0"))
        state.caveats.emplace_back(
            "the PDPTEs of the dump are left over: the guest does not use PAE paging, so that no "
            "check reads them");
    const std::optional<std::uint64_t> event = state.value("control.injected_event");
    if (event && (*event & bit(31)) == 0 && *event != 0)
        state.caveats.push_back(
            fmt::format("{} {} is left over: its valid bit is 0, so that nothing is injected",
                        state.state().leaves()[state.state().leaf("control.injected_event")].manual_name, hex(*event)));
}

bool is_of_earlier_exit(const SectionedDump& dump, std::string_view leaf, std::uint64_t) {
    const auto error = dump.facts.find("error");
    return error != dump.facts.end() && error->second < failed && leaf.starts_with("information.");
}

}  // namespace vmxspec::query
