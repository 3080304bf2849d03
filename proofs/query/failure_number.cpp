#include "proofs/query/failure_number.hpp"

#include "proofs/query/number_names.hpp"
#include "proofs/state/input_error.hpp"
#include "proofs/state/json_value.hpp"
#include "proofs/state/known_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace vmxspec::query {

namespace {

constexpr std::uint64_t entry_failure = 1ULL << 31;

/// A number, hexadecimal also without a mark if it has eight digits, as 80000021 is printed.
std::optional<std::uint64_t> number_of(const std::string& word) {
    const bool digits =
        !word.empty() && std::ranges::all_of(word, [](unsigned char c) { return std::isxdigit(c) != 0; });
    if (digits && word.size() == 8 && word[0] == '8') return parse_number("0x" + word, word);
    try {
        return parse_number(word, word);
    } catch (const InputError&) {
        return std::nullopt;
    }
}

/// What has been checked before this failure can be reported.
std::string passed_before(Channel channel, std::uint32_t number) {
    if (channel == Channel::vmfail_valid && (number == 7 || number == 8))
        return "The instruction passed 29.1. Control fields and host state are checked in any order: a field of the "
               "other "
               "kind may be wrong too.";
    if (channel != Channel::entry_failure) return {};
    if (number == 33) return "The VMCS passed 29.1 and 29.2: control fields and host state are in order.";
    if (number == 34) return "The VMCS passed 29.1 to 29.3: control fields, host state and guest state are in order.";
    return {};
}

/// Rules that report this outcome.
std::vector<const Rule*> reporting(const Specification& spec, Channel channel, const FailureNumber& number,
                                   std::uint32_t basic) {
    std::vector<const Rule*> rules;
    const bool by_entry = channel == Channel::entry_failure && basic == outcome::msr_load.number;
    for (const RuleTable* table : spec.entry_tables())
        for (const Rule& rule : *table)
            for (const Outcome& outcome : rule.outcomes) {
                if (rule.kind != RuleKind::check || outcome.channel != channel || outcome.number != basic) continue;
                if (!by_entry && number.qualification && outcome.qualification != *number.qualification) continue;
                rules.push_back(&rule);
                break;
            }
    return rules;
}

Meaning entry_failure_meaning(const Specification& spec, const FailureNumber& number) {
    const auto basic = static_cast<std::uint32_t>(number.number & 0xffff);
    Meaning meaning{"exit reason",
                    std::string{exit_reason_name(basic)},
                    {"29.8", "VM-Entry Failures During or After Loading Guest State"},
                    true,
                    passed_before(Channel::entry_failure, basic),
                    reporting(spec, Channel::entry_failure, number, basic)};
    const bool impossible =
        (number.number & ~(entry_failure | 0xffff)) != 0 || (basic != 33 && basic != 34 && basic != 41);
    if (impossible)
        throw InputError(
            fmt::format("no VM-entry failure has the exit reason {}; those that the manual knows are 80000021H, "
                        "80000022H and 80000029H.",
                        hex(number.number)));
    if (number.qualification && meaning.rules.empty() && basic == 33)
        throw InputError(
            fmt::format("invalid guest state has no exit qualification {}; the manual knows 0, 2, 3 and 4.",
                        *number.qualification));
    if (number.qualification == 0U && basic == 34)
        throw InputError(
            "entries of the MSR-load area are numbered from 1: 0 is no exit qualification of a failed one.");
    return meaning;
}

}  // namespace

std::string number_text(std::uint64_t number) { return number < 256 ? std::to_string(number) : hex(number); }

std::optional<FailureNumber> failure_number(std::span<const std::string> words) {
    if (words.empty()) return std::nullopt;
    const std::optional<std::uint64_t> number = number_of(words[0]);
    if (!number) return std::nullopt;
    FailureNumber result{*number, std::nullopt};
    if (words.size() == 1) return result;
    const std::string_view label = words[1];
    const bool labelled = label == "qualification" || label == "qual" || label == "exit_qualification";
    if (words.size() == 3 && labelled) result.qualification = number_of(words[2]);
    if (!result.qualification)
        throw InputError(
            fmt::format("after the number {} there may be `qualification N`, and nothing else.", words[0]));
    return result;
}

std::vector<Meaning> meanings(const Specification& spec, const FailureNumber& number) {
    if ((number.number & entry_failure) != 0) return {entry_failure_meaning(spec, number)};
    const auto basic = static_cast<std::uint32_t>(number.number & 0xffff);
    std::vector<Meaning> list;
    if (const std::string_view name = instruction_error_name(number.number); !name.empty() && !number.qualification) {
        const std::vector<const Rule*> rules = reporting(spec, Channel::vmfail_valid, number, basic);
        list.push_back({"VM-instruction error",
                        std::string{name},
                        {"33.4", "VM Instruction Error Numbers"},
                        !rules.empty(),
                        passed_before(Channel::vmfail_valid, basic),
                        rules});
    }
    if (basic == 33 || basic == 34 || basic == 41) {
        FailureNumber whole = number;
        whole.number |= entry_failure;
        list.push_back(entry_failure_meaning(spec, whole));
    } else if (const std::string_view name = exit_reason_name(number.number); !name.empty()) {
        list.push_back({"exit reason", std::string{name}, {"C", "VMX Basic Exit Reasons", "3D"}, false, {}, {}});
    }
    if (list.empty())
        throw InputError(fmt::format("{} is neither a VM-instruction error nor an exit reason that the manual knows.",
                                     number_text(number.number)));
    std::stable_partition(list.begin(), list.end(), [](const Meaning& one) { return one.fails; });
    return list;
}

}  // namespace vmxspec::query
