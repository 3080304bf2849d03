#include "proofs/query/repair_reason.hpp"

#include "proofs/state/control_word.hpp"

#include <algorithm>

namespace vmxspec::query {

namespace {

/// The changed bits in groups that mean something: named fields, or bits.
std::vector<std::uint64_t> groups(const Leaf& leaf, std::uint64_t changed) {
    std::vector<std::uint64_t> result;
    for (const NamedBits& bits : leaf.bits) {
        const std::uint64_t mask = low_bits(bits.high - bits.low + 1) << bits.low;
        if ((changed & mask) != 0) result.push_back(changed & mask);
        changed &= ~mask;
    }
    // What has no name: bits of an address or selector change together.
    if (changed != 0) result.push_back(changed);
    return result;
}

std::vector<const Rule*> broken_rules(const Judgement& judgement) {
    std::vector<const Rule*> rules;
    for (const Finding& finding : judgement.violated)
        if (std::ranges::find(rules, finding.rule) == rules.end()) rules.push_back(finding.rule);
    return rules;
}

/// The capability MSR that leaves the processor's user no choice of these bits of a control word.
std::string_view forced_by(const KnownState& state, const Change& change, std::uint64_t bits) {
    const std::vector<Leaf>& leaves = state.state().leaves();
    for (const ControlWord& word : control_words) {
        if (change.msr_entry || leaves[change.leaf].name != word.control) continue;
        const bool exact = !word.exact.empty() && state.value("capability.basic") &&
                           (*state.value("capability.basic") >> true_controls_bit & 1) != 0;
        const std::size_t capability = state.state().leaf(exact ? word.exact : word.capability);
        const std::optional<std::uint64_t> value = state.value(capability);
        if (!value) return {};
        const std::uint64_t ones = change.to & bits;
        const bool must = (*value & ones) == ones;
        const bool may_not = (*value >> allowed_1_settings & ~change.to & bits) == 0;
        if (must && may_not) return leaves[capability].manual_name;
    }
    return {};
}

}  // namespace

void explain(const Specification& spec, const KnownState& state, const Judgement& judgement, Repair& repair) {
    const std::vector<const Rule*> from_the_start = broken_rules(judgement);
    const auto was_broken = [&](const Rule* rule) {
        return std::ranges::find(from_the_start, rule) != from_the_start.end();
    };
    for (Change& change : repair.changes) {
        change.because.clear();
        // The data of an MSR-area entry has the format of its MSR; what matters here is that it is one value.
        const std::vector<std::uint64_t> parts =
            change.msr_entry ? std::vector{change.from ^ change.to}
                             : groups(state.state().leaves()[change.leaf], change.from ^ change.to);
        for (const std::uint64_t bits : parts) {
            Repair without = repair;
            Change& undone = without.changes[static_cast<std::size_t>(&change - repair.changes.data())];
            undone.to = (change.to & ~bits) | (change.from & bits);
            Reason reason{bits, broken_rules(judge(spec, repaired(state, without))), forced_by(state, change, bits)};
            if (reason.rules.empty()) continue;
            const auto same = std::ranges::find_if(change.because, [&](const Reason& one) {
                return one.rules == reason.rules && one.capability == reason.capability;
            });
            if (same == change.because.end()) {
                change.because.push_back(std::move(reason));
            } else {
                same->bits |= bits;
            }
        }
        std::stable_sort(change.because.begin(), change.because.end(), [&](const Reason& a, const Reason& b) {
            return was_broken(a.rules.front()) && !was_broken(b.rules.front());
        });
    }
    std::stable_sort(repair.changes.begin(), repair.changes.end(), [&](const Change& a, const Change& b) {
        const auto first = [&](const Change& one) {
            return !one.because.empty() && was_broken(one.because.front().rules.front());
        };
        return first(a) && !first(b);
    });
}

}  // namespace vmxspec::query
