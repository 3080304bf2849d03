#include "proofs/query/repair_text.hpp"
#include "spec/load/msr_index.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>

namespace vmxspec::query {

namespace {

/// Bits of a value with what becomes of them: "PE = 1, VM = 0".
std::string bits_text(const Leaf& leaf, std::uint64_t bits, std::uint64_t to) {
    constexpr std::size_t readable = 8;
    std::vector<std::string> words;
    const auto add = [&](std::string one) { words.push_back(std::move(one)); };
    for (const NamedBits& named : leaf.bits) {
        const std::uint64_t mask = low_bits(named.high - named.low + 1) << named.low;
        if ((bits & mask) == 0) continue;
        add(fmt::format("{} = {:X}", named.manual_name, (to & mask) >> named.low));
        bits &= ~mask;
    }
    for (unsigned n = 0; n < 64 && std::popcount(bits) <= 4; ++n)
        if ((bits >> n & 1) != 0) add(fmt::format("bit {} = {}", n, to >> n & 1));
    if (std::popcount(bits) > 4) add(fmt::format("other bits = {}", hex(to & bits)));
    if (words.size() > readable) {
        const std::string more = fmt::format("and {} more", words.size() - readable + 1);
        words.resize(readable - 1);
        words.push_back(more);
    }
    return fmt::format("{}", fmt::join(words, ", "));
}

/// The new value, with the bits that change.
std::string changed_text(const Leaf& leaf, const Change& change) {
    if (leaf.bits.empty()) return hex(change.to);
    return fmt::format("{} ({})", hex(change.to), bits_text(leaf, change.from ^ change.to, change.to));
}

/// One rule is broken, and one change is all that it wants.
bool is_plain(const Judgement& judgement, const Repair& repair) {
    return judgement.violated.size() == 1 && repair.changes.size() == 1 && repair.changes[0].because.size() == 1 &&
           repair.changes[0].because[0].rules == std::vector{judgement.violated[0].rule} &&
           repair.changes[0].because[0].capability.empty();
}

std::string ids(const std::vector<const Rule*>& rules) {
    std::string text;
    for (const Rule* rule : rules) text += (text.empty() ? "" : ", ") + rule->id;
    return text;
}

}  // namespace

ChangeText change_text(const Specification& spec, const KnownState& state, const Change& change) {
    std::size_t leaf = change.leaf;
    std::string what{spec.state.leaves()[leaf].manual_name};
    if (change.msr_entry) {
        const bool is_efer = state.entry_msr_load[*change.msr_entry].index == load::ia32_efer;
        leaf = spec.state.leaf(is_efer ? "guest.efer" : "msr_entry.data");
        what = fmt::format("VM-entry MSR-load entry {}, data", *change.msr_entry + 1);
    }
    return {what, hex(change.from), changed_text(spec.state.leaves()[leaf], change)};
}

std::vector<std::string> reason_lines(const Specification& spec, const Judgement& judgement, const Repair& repair) {
    std::vector<std::string> lines;
    for (const Change& change : repair.changes) {
        if (change.msr_entry || is_plain(judgement, repair)) continue;
        for (const Reason& reason : change.because) {
            const std::string forced =
                reason.capability.empty() ? "" : fmt::format("{} leaves no choice, ", reason.capability);
            lines.push_back(fmt::format("{}: {}{}", bits_text(spec.state.leaves()[change.leaf], reason.bits, change.to),
                                        forced, ids(reason.rules)));
        }
    }
    if (!repair.opens.empty())
        lines.push_back(fmt::format("then in play, and not to be judged with what is known: {}", ids(repair.opens)));
    return lines;
}

}  // namespace vmxspec::query
